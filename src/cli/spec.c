#include "cli/spec.h"

#include <string.h>

#define ON(command) (UINT32_C(1) << (command))

/* More requests than this in flight help no server and no client; S3 throttles a prefix long before. */
#define CONCURRENCY_MAX 1024

const char spec_tagline[] = "find, check and select time series among millions";

const char spec_description[] =
    "Crawls folders of Parquet datasets in S3 or on disk, reading only the bytes that carry the answer, "
    "and keeps exact statistics of every dataset and every series in one DuckDB file. "
    "A run can be stopped at any time and goes on where it was; the next one reads only what changed.";

const char spec_formats[] =
    "Without --format, a person at a terminal gets a table and a pipe or a file gets csv. "
    "json is one object with total, matched, returned and items; ndjson is one object a line. "
    "csv follows RFC 4180 with lines ended by a newline alone; a missing value is empty, an empty text is \"\". "
    "tsv writes \\t, \\n, \\r and \\\\ for these characters and never quotes. "
    "Numbers are raw and times ISO 8601 in all of them; only a table groups digits and cuts long text.";

const struct example_spec spec_examples[] = {
    {"ts-indexer index s3://bucket/prefix", "crawl a prefix, or a directory"},
    {"ts-indexer datasets", "what is there: series, rows, dates"},
    {"ts-indexer search solar power", "find datasets and series by words"},
    {"ts-indexer show DATASET:SERIES", "everything known of one series"},
    {"duckdb ts_indexer.db", "the same catalog, in SQL"},
    {NULL, NULL},
};

const struct command_spec spec_commands[CMD_COUNT] = {
    [CMD_INDEX] =
        {
            .name = "index",
            .summary = "crawl a source into the catalog; later runs read only what changed",
            .description =
                "Reads the datasets below SOURCE (s3://bucket/prefix or a directory) and their metadata "
                "files, and records exact figures for every dataset and every series in the catalog.\n\n"
                "New and changed files are read, files that are gone are taken out, the rest is kept. "
                "A run that was interrupted has saved every finished file: the same command goes on from "
                "there. A file that cannot be read never disappears: `ts-indexer failures` lists it, and the "
                "figures of its dataset are labelled partial.\n\n"
                "The summary at the end goes to stderr; --format json, ndjson, csv or tsv also writes it to "
                "stdout as data.",
            .arguments = {{.name = "SOURCE",
                           .hint = HINT_DIRECTORY,
                           .help = "s3://bucket/prefix, file:///directory or a directory; "
                                   "--bucket and --prefix can stand for it"}},
            .examples =
                {
                    {"ts-indexer index s3://bucket/lake", "a prefix with its metadata files"},
                    {"ts-indexer index s3://bucket/lake --metadata s3://bucket/meta",
                     "metadata somewhere else"},
                    {"ts-indexer index ./data --depth series", "a directory; ids and lengths only"},
                    {"ts-indexer index s3://open-data/x --no-sign-request", "a public bucket"},
                    {"ts-indexer index s3://b/x --endpoint-url http://localhost:9000",
                     "MinIO, Ceph, SeaweedFS, ..."},
                    {"ts-indexer index -b bucket -p lake/ -m meta/ -r eu-west-3",
                     "the form of earlier versions"},
                },
        },
    [CMD_STATUS] =
        {
            .name = "status",
            .summary = "what the catalog holds and how the last runs went",
            .description = "One row of figures for each dataset and how complete it is. While a run is "
                           "writing, the state that it last published is shown, and stderr says so.",
            .examples = {{"ts-indexer status", "the state of ts_indexer.db"},
                         {"ts-indexer status --database corpus.db", "of another catalog"}},
        },
    [CMD_DATASETS] =
        {
            .name = "datasets",
            .alias = "ls",
            .summary = "list the datasets with their figures",
            .description = "Lists the datasets of the catalog: series, rows, lengths, first and last time.",
            .examples = {{"ts-indexer datasets", "all of them"},
                         {"ts-indexer ls --format json | jq '.items[].dataset_id'", "their ids"}},
        },
    [CMD_SEARCH] =
        {
            .name = "search",
            .summary = "find datasets and series by words, ids, themes, columns",
            .description =
                "Every word of QUERY must occur, in any field; case and the separators _ - . / : | do not "
                "matter. Ends with exit code 4 where nothing is found.",
            .arguments = {{.name = "QUERY", .required = true, .many = true,
                           .help = "words; put -- before one that starts with a dash"}},
            .examples = {{"ts-indexer search solar power", "both words, anywhere"},
                         {"ts-indexer search MT_001 --dataset electricity", "ids of one dataset"},
                         {"ts-indexer search wind --limit all --format csv > wind.csv", "every hit"}},
        },
    [CMD_SHOW] =
        {
            .name = "show",
            .summary = "everything known of one dataset or one series",
            .description =
                "NAME is a dataset (its id or name) or a series: DATASET:SERIES_ID, or a series id that "
                "only one dataset has. Parts of an id with several columns are joined by '|'.",
            .arguments = {{.name = "NAME", .required = true,
                           .help = "a dataset, DATASET:SERIES_ID, or a unique series id"}},
            .examples = {{"ts-indexer show electricity", "a dataset"},
                         {"ts-indexer show electricity:MT_001", "a series"},
                         {"ts-indexer show electricity:MT_001 --spans", "and where its rows lie"}},
        },
    [CMD_FAILURES] =
        {
            .name = "failures",
            .summary = "files and datasets that could not be read, and why",
            .description = "Lists what failed and what was passed over, of all datasets or of DATASET.",
            .arguments = {{.name = "DATASET", .help = "only those of this dataset"}},
            .examples = {{"ts-indexer failures", "all of them"},
                         {"ts-indexer failures electricity --format json", "of one dataset"}},
        },
    [CMD_DUMP] =
        {
            .name = "dump",
            .summary = "write the whole catalog as canonical NDJSON",
            .description = "Writes the content of the catalog as NDJSON in a fixed order, without what "
                           "differs between equal runs: catalogs of equal data give equal bytes.",
            .examples = {{"ts-indexer dump > catalog.ndjson", "to keep or to compare"},
                         {"diff <(ts-indexer dump) <(ts-indexer dump --database old.db)",
                          "what changed"}},
        },
    [CMD_COMPLETIONS] =
        {
            .name = "completions",
            .summary = "write the completion script of a shell",
            .description = "Writes a script that completes commands, options and their values.",
            .arguments = {{.name = "SHELL", .required = true, .choices = "bash|zsh|fish",
                           .help = "bash, zsh or fish"}},
            .examples =
                {
                    {"eval \"$(ts-indexer completions bash)\"", "in ~/.bashrc"},
                    {"ts-indexer completions zsh > ~/.zfunc/_ts-indexer", "a folder of $fpath"},
                    {"ts-indexer completions fish > ~/.config/fish/completions/ts-indexer.fish", "fish"},
                },
        },
    [CMD_HELP] =
        {
            .name = "help",
            .summary = "explain the program or one command",
            .description = "The same as --help. With --man the page is written in the language of man, "
                           "with --markdown the whole reference in Markdown.",
            .arguments = {{.name = "COMMAND", .help = "the command to explain"}},
            .examples = {{"ts-indexer help index", "the options of a command"},
                         {"ts-indexer help --man > ts-indexer.1", "a man page"}},
        },
    [CMD_VERSION] =
        {
            .name = "version",
            .summary = "print the version",
            .description = "Prints the name and the version of the program.",
            .examples = {{"ts-indexer version", "the same as --version"}},
        },
};

const struct option_spec spec_options[OPT_COUNT] = {
    [OPT_METADATA] = {.name = "metadata", .kind = KIND_TEXT, .value_name = "PREFIX",
                      .fallback_is = "beside the data", .environment = "TS_INDEXER_METADATA",
                      .hint = HINT_DIRECTORY, .commands = ON(CMD_INDEX),
                      .help = "Where the YAML metadata files lie: another prefix or directory."},
    [OPT_DEPTH] = {.name = "depth", .kind = KIND_CHOICE, .value_name = "DEPTH",
                   .choices = "files|series|time", .fallback = "time",
                   .environment = "TS_INDEXER_DEPTH", .commands = ON(CMD_INDEX),
                   .help = "How much is read: `files` footers only (rows, bytes, schema); `series` also the id "
                           "columns (series, lengths); `time` also the time columns (start, end)."},
    [OPT_CONCURRENCY] = {.name = "concurrency", .short_name = 'c', .kind = KIND_NUMBER, .value_name = "N",
                         .min = 1, .max = CONCURRENCY_MAX, .word = "auto", .word_value = 0,
                         .fallback = "auto", .environment = "TS_INDEXER_CONCURRENCY",
                         .commands = ON(CMD_INDEX),
                         .help = "Requests in flight; auto adapts to what source and machine can take."},
    [OPT_MEMORY] = {.name = "memory", .kind = KIND_SIZE, .value_name = "SIZE",
                    .fallback_is = "half of the free memory", .environment = "TS_INDEXER_MEMORY",
                    .commands = ON(CMD_INDEX),
                    .help = "Upper bound for data held in memory: 512MiB, 2GiB, 500MB or bytes."},
    [OPT_FORCE] = {.name = "force", .kind = KIND_FLAG, .commands = ON(CMD_INDEX),
                   .help = "Read everything again, also files that did not change."},
    [OPT_ENDPOINT_URL] = {.name = "endpoint-url", .kind = KIND_TEXT, .value_name = "URL",
                          .fallback_is = "AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile, AWS",
                          .environment = "TS_INDEXER_ENDPOINT_URL", .commands = ON(CMD_INDEX),
                          .help = "The S3 service to ask, for stores other than AWS."},
    [OPT_REGION] = {.name = "region", .short_name = 'r', .kind = KIND_TEXT, .value_name = "REGION",
                    .fallback_is = "AWS_REGION, the profile, us-east-1",
                    .environment = "TS_INDEXER_REGION", .commands = ON(CMD_INDEX),
                    .help = "The region of the bucket."},
    [OPT_PROFILE] = {.name = "profile", .kind = KIND_TEXT, .value_name = "NAME",
                     .fallback_is = "AWS_PROFILE, default", .environment = "TS_INDEXER_PROFILE",
                     .commands = ON(CMD_INDEX),
                     .help = "The profile of ~/.aws/config and ~/.aws/credentials to use."},
    [OPT_ADDRESSING] = {.name = "addressing", .kind = KIND_CHOICE, .value_name = "STYLE",
                        .choices = "auto|path|virtual", .fallback = "auto",
                        .environment = "TS_INDEXER_ADDRESSING", .commands = ON(CMD_INDEX),
                        .help = "Whether the bucket stands in the path or in the host name of requests."},
    [OPT_NO_SIGN_REQUEST] = {.name = "no-sign-request", .kind = KIND_FLAG,
                             .environment = "TS_INDEXER_NO_SIGN_REQUEST", .commands = ON(CMD_INDEX),
                             .help = "Send anonymous requests, for public buckets."},
    [OPT_BUCKET] = {.name = "bucket", .short_name = 'b', .kind = KIND_TEXT, .value_name = "BUCKET",
                    .commands = ON(CMD_INDEX),
                    .help = "With --prefix instead of SOURCE: s3://BUCKET/PREFIX."},
    [OPT_PREFIX] = {.name = "prefix", .short_name = 'p', .kind = KIND_TEXT, .value_name = "PREFIX",
                    .fallback_is = "the whole bucket", .may_be_empty = true, .commands = ON(CMD_INDEX),
                    .help = "The prefix in the bucket of --bucket."},
    [OPT_METADATA_PREFIX] = {.name = "metadata-prefix", .short_name = 'm', .kind = KIND_TEXT,
                             .value_name = "PREFIX", .fallback_is = "beside the data",
                             .commands = ON(CMD_INDEX),
                             .help = "The prefix of the metadata in the bucket of --bucket."},
    [OPT_LIMIT] = {.name = "limit", .short_name = 'l', .kind = KIND_NUMBER, .value_name = "N", .min = 1,
                   .max = INT64_MAX, .word = "all", .word_value = INT64_MAX,
                   .fallback_is = "20 for search, all for datasets", .environment = "TS_INDEXER_LIMIT",
                   .commands = ON(CMD_SEARCH) | ON(CMD_DATASETS),
                   .help = "Show at most N rows; `all` for every one."},
    [OPT_DATASET] = {.name = "dataset", .kind = KIND_TEXT, .value_name = "DATASET",
                     .commands = ON(CMD_SEARCH), .help = "Search in this dataset only."},
    [OPT_SPANS] = {.name = "spans", .kind = KIND_FLAG, .commands = ON(CMD_SHOW),
                   .help = "Also where the rows of the series lie: files, row groups, first rows."},
    [OPT_MAN] = {.name = "man", .kind = KIND_FLAG, .commands = ON(CMD_HELP),
                 .help = "Write a man page (roff)."},
    [OPT_MARKDOWN] = {.name = "markdown", .kind = KIND_FLAG, .commands = ON(CMD_HELP),
                      .help = "Write the reference of all commands in Markdown."},
    [OPT_DATABASE] = {.name = "database", .kind = KIND_TEXT, .value_name = "FILE",
                      .fallback = "ts_indexer.db", .environment = "TS_INDEXER_DATABASE",
                      .hint = HINT_FILE, .commands = SPEC_GLOBAL, .help = "The catalog."},
    [OPT_FORMAT] = {.name = "format", .short_name = 'f', .kind = KIND_CHOICE, .value_name = "FORMAT",
                    .choices = "table|json|ndjson|csv|tsv",
                    .fallback_is = "table on a terminal, else csv", .environment = "TS_INDEXER_FORMAT",
                    .commands = SPEC_GLOBAL, .help = "How answers are written to stdout."},
    [OPT_QUIET] = {.name = "quiet", .short_name = 'q', .kind = KIND_FLAG, .commands = SPEC_GLOBAL,
                   .help = "No progress and no remarks on stderr, errors only."},
    [OPT_VERBOSE] = {.name = "verbose", .short_name = 'v', .kind = KIND_TALLY, .commands = SPEC_GLOBAL,
                     .help = "Say more on stderr; -vv and -vvv for debugging."},
    [OPT_NO_COLOR] = {.name = "no-color", .kind = KIND_FLAG, .environment = "TS_INDEXER_NO_COLOR",
                      .commands = SPEC_GLOBAL, .help = "No colour, also where NO_COLOR is not set."},
    [OPT_HELP] = {.name = "help", .short_name = 'h', .kind = KIND_FLAG, .commands = SPEC_GLOBAL,
                  .help = "Explain the program or the command."},
    [OPT_VERSION] = {.name = "version", .short_name = 'V', .kind = KIND_FLAG, .commands = SPEC_GLOBAL,
                     .help = "Print the version."},
};

const struct exit_spec spec_exits[] = {
    {"0", "done"},
    {"1", "failed"},
    {"2", "the command line is wrong"},
    {"3", "finished, with failed files or datasets"},
    {"4", "nothing found"},
    {"5", "credentials or permission"},
    {"7", "the catalog is locked, newer than the program, or damaged"},
    {"130, 143", "interrupted by SIGINT or SIGTERM; everything finished is saved"},
    {NULL, NULL},
};

const struct exit_spec spec_environment[] = {
    {"NO_COLOR", "no colour where it is set and not empty"},
    {"TERM", "`dumb`: no colour and no progress bar"},
    {"AWS_*", "access keys, session token, profile, region, endpoint: as the AWS command line reads them"},
    {NULL, NULL},
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
