/* The options, and the questions that everything generated asks of the tables. */
#include "cli/spec.h"

#include <string.h>

#define ON(command) (UINT32_C(1) << (command))

/* More requests than this in flight help no server and no client; S3 throttles a prefix long
 * before. */
#define CONCURRENCY_MAX 1024

const struct option_spec spec_options[OPT_COUNT] = {
    [OPT_METADATA] = {.name = "metadata",
                      .kind = KIND_TEXT,
                      .value_name = "PREFIX",
                      .fallback_is = "beside the data",
                      .environment = "TS_INDEXER_METADATA",
                      .hint = HINT_DIRECTORY,
                      .commands = ON(CMD_INDEX),
                      .help = "Where the YAML metadata files lie: another prefix or directory."},
    [OPT_DEPTH] =
        {.name = "depth",
         .kind = KIND_CHOICE,
         .value_name = "DEPTH",
         .choices = "files|series|time",
         .fallback = "time",
         .environment = "TS_INDEXER_DEPTH",
         .commands = ON(CMD_INDEX),
         .help = "How much is read: `files` footers only (rows, bytes, schema); `series` also the "
                 "id columns (series, lengths); `time` also the time columns (start, end)."},
    [OPT_CONCURRENCY] =
        {.name = "concurrency",
         .short_name = 'c',
         .kind = KIND_NUMBER,
         .value_name = "N",
         .min = 1,
         .max = CONCURRENCY_MAX,
         .word = "auto",
         .word_value = 0,
         .fallback = "auto",
         .environment = "TS_INDEXER_CONCURRENCY",
         .commands = ON(CMD_INDEX),
         .help = "Requests in flight; auto adapts to what source and machine can take."},
    [OPT_MEMORY] = {.name = "memory",
                    .kind = KIND_SIZE,
                    .value_name = "SIZE",
                    .fallback_is = "half of the free memory",
                    .environment = "TS_INDEXER_MEMORY",
                    .commands = ON(CMD_INDEX),
                    .help = "Upper bound for data held in memory: 512MiB, 2GiB, 500MB or bytes."},
    [OPT_FORCE] = {.name = "force",
                   .kind = KIND_FLAG,
                   .commands = ON(CMD_INDEX),
                   .help = "Read everything again, also files that did not change."},
    [OPT_ENDPOINT_URL] = {.name = "endpoint-url",
                          .kind = KIND_TEXT,
                          .value_name = "URL",
                          .fallback_is = "AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile, AWS",
                          .environment = "TS_INDEXER_ENDPOINT_URL",
                          .commands = ON(CMD_INDEX),
                          .help = "The S3 service to ask, for stores other than AWS."},
    [OPT_REGION] = {.name = "region",
                    .short_name = 'r',
                    .kind = KIND_TEXT,
                    .value_name = "REGION",
                    .fallback_is = "AWS_REGION, the profile, us-east-1",
                    .environment = "TS_INDEXER_REGION",
                    .commands = ON(CMD_INDEX),
                    .help = "The region of the bucket."},
    [OPT_PROFILE] = {.name = "profile",
                     .kind = KIND_TEXT,
                     .value_name = "NAME",
                     .fallback_is = "AWS_PROFILE, default",
                     .environment = "TS_INDEXER_PROFILE",
                     .commands = ON(CMD_INDEX),
                     .help = "The profile of ~/.aws/config and ~/.aws/credentials to use."},
    [OPT_ADDRESSING] =
        {.name = "addressing",
         .kind = KIND_CHOICE,
         .value_name = "STYLE",
         .choices = "auto|path|virtual",
         .fallback = "auto",
         .environment = "TS_INDEXER_ADDRESSING",
         .commands = ON(CMD_INDEX),
         .help = "Whether the bucket stands in the path or in the host name of requests."},
    [OPT_NO_SIGN_REQUEST] = {.name = "no-sign-request",
                             .kind = KIND_FLAG,
                             .environment = "TS_INDEXER_NO_SIGN_REQUEST",
                             .commands = ON(CMD_INDEX),
                             .help = "Send anonymous requests, for public buckets."},
    [OPT_BUCKET] = {.name = "bucket",
                    .short_name = 'b',
                    .kind = KIND_TEXT,
                    .value_name = "BUCKET",
                    .commands = ON(CMD_INDEX),
                    .help = "With --prefix instead of SOURCE: s3://BUCKET/PREFIX."},
    [OPT_PREFIX] = {.name = "prefix",
                    .short_name = 'p',
                    .kind = KIND_TEXT,
                    .value_name = "PREFIX",
                    .fallback_is = "the whole bucket",
                    .may_be_empty = true,
                    .commands = ON(CMD_INDEX),
                    .help = "The prefix in the bucket of --bucket."},
    [OPT_METADATA_PREFIX] = {.name = "metadata-prefix",
                             .short_name = 'm',
                             .kind = KIND_TEXT,
                             .value_name = "PREFIX",
                             .fallback_is = "beside the data",
                             .commands = ON(CMD_INDEX),
                             .help = "The prefix of the metadata in the bucket of --bucket."},
    [OPT_LIMIT] = {.name = "limit",
                   .short_name = 'l',
                   .kind = KIND_NUMBER,
                   .value_name = "N",
                   .min = 1,
                   .max = INT64_MAX,
                   .word = "all",
                   .word_value = INT64_MAX,
                   .fallback_is = "20 for search, all for datasets",
                   .environment = "TS_INDEXER_LIMIT",
                   .commands = ON(CMD_SEARCH) | ON(CMD_DATASETS),
                   .help = "Show at most N rows; `all` for every one."},
    [OPT_DATASET] = {.name = "dataset",
                     .kind = KIND_TEXT,
                     .value_name = "DATASET",
                     .commands = ON(CMD_SEARCH),
                     .help = "Search in this dataset only."},
    [OPT_SPANS] = {.name = "spans",
                   .kind = KIND_FLAG,
                   .commands = ON(CMD_SHOW),
                   .help = "Also where the rows of the series lie: files, row groups, first rows."},
    [OPT_MAN] = {.name = "man",
                 .kind = KIND_FLAG,
                 .commands = ON(CMD_HELP),
                 .help = "Write a man page (roff)."},
    [OPT_MARKDOWN] = {.name = "markdown",
                      .kind = KIND_FLAG,
                      .commands = ON(CMD_HELP),
                      .help = "Write the reference of all commands in Markdown."},
    [OPT_DATABASE] = {.name = "database",
                      .kind = KIND_TEXT,
                      .value_name = "FILE",
                      .fallback = "ts_indexer.db",
                      .environment = "TS_INDEXER_DATABASE",
                      .hint = HINT_FILE,
                      .commands = SPEC_GLOBAL,
                      .help = "The catalog."},
    [OPT_FORMAT] = {.name = "format",
                    .short_name = 'f',
                    .kind = KIND_CHOICE,
                    .value_name = "FORMAT",
                    .choices = "table|json|ndjson|csv|tsv",
                    .fallback_is = "table on a terminal, else csv",
                    .environment = "TS_INDEXER_FORMAT",
                    .commands = SPEC_GLOBAL,
                    .help = "How answers are written to stdout."},
    [OPT_QUIET] = {.name = "quiet",
                   .short_name = 'q',
                   .kind = KIND_FLAG,
                   .commands = SPEC_GLOBAL,
                   .help = "No progress and no remarks on stderr, errors only."},
    [OPT_VERBOSE] = {.name = "verbose",
                     .short_name = 'v',
                     .kind = KIND_TALLY,
                     .commands = SPEC_GLOBAL,
                     .help = "Say more on stderr; -vv and -vvv for debugging."},
    [OPT_NO_COLOR] = {.name = "no-color",
                      .kind = KIND_FLAG,
                      .environment = "TS_INDEXER_NO_COLOR",
                      .commands = SPEC_GLOBAL,
                      .help = "No colour, also where NO_COLOR is not set."},
    [OPT_HELP] = {.name = "help",
                  .short_name = 'h',
                  .kind = KIND_FLAG,
                  .commands = SPEC_GLOBAL,
                  .help = "Explain the program or the command."},
    [OPT_VERSION] = {.name = "version",
                     .short_name = 'V',
                     .kind = KIND_FLAG,
                     .commands = SPEC_GLOBAL,
                     .help = "Print the version."},
};

bool spec_takes(enum command_id command, enum option_id option)
{
    return (spec_options[option].commands & ON(command)) != 0;
}

bool spec_is_global(enum option_id option)
{
    return spec_options[option].commands == SPEC_GLOBAL;
}

bool spec_has_value(enum option_id option)
{
    return spec_options[option].value_name != NULL;
}

const char *spec_choice(const char *choices, size_t n, size_t *length)
{
    while (choices) {
        const char *bar = strchr(choices, '|');
        if (n == 0) {
            *length = bar ? (size_t)(bar - choices) : strlen(choices);
            return choices;
        }
        choices = bar ? bar + 1 : NULL;
        n--;
    }
    return NULL;
}
