/* What the program and its commands are for, in words. */
#include "cli/spec.h"

const char spec_tagline[] = "find, check and select time series among millions";

const char spec_description[] =
    "Crawls folders of Parquet datasets in S3 or on disk, reading only the bytes that carry the "
    "answer, and keeps exact statistics of every dataset and every series in one DuckDB file. A "
    "run can be stopped at any time and goes on where it was; the next one reads only what "
    "changed.";

const char spec_formats[] =
    "Without --format, a person at a terminal gets a table and a pipe or a file gets csv. json "
    "is one object with total, matched, returned and items; ndjson is one object a line. csv "
    "follows RFC 4180 with lines ended by a newline alone; a missing value is empty, an empty "
    "text is \"\". tsv writes \\t, \\n, \\r and \\\\ for these characters and never quotes. "
    "Numbers are raw and times ISO 8601 in all of them; only a table groups digits and cuts "
    "long text.";

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
            .description = "Reads the datasets below SOURCE (s3://bucket/prefix or a directory) "
                           "and their metadata files, and records exact figures for every "
                           "dataset and every series in the catalog.\n\n"
                           "New and changed files are read, files that are gone are taken out, "
                           "the rest is kept. A run that was interrupted has saved every "
                           "finished file: the same command goes on from there. A file that "
                           "cannot be read never disappears: `ts-indexer failures` lists it, "
                           "and the figures of its dataset are labelled partial.\n\n"
                           "The summary at the end goes to stderr; --format json, ndjson, csv "
                           "or tsv also writes it to stdout as data.",
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
            .description =
                "One row of figures for each dataset and how complete it is. While a run is "
                "writing, the state that it last published is shown, and stderr says so.",
            .examples = {{"ts-indexer status", "the state of ts_indexer.db"},
                         {"ts-indexer status --database corpus.db", "of another catalog"}},
        },
    [CMD_DATASETS] =
        {
            .name = "datasets",
            .alias = "ls",
            .summary = "list the datasets with their figures",
            .description =
                "Lists the datasets of the catalog: series, rows, lengths, first and last time.",
            .examples = {{"ts-indexer datasets", "all of them"},
                         {"ts-indexer ls --format json | jq '.items[].dataset_id'", "their ids"}},
        },
    [CMD_SEARCH] =
        {
            .name = "search",
            .summary = "find datasets and series by words, ids, themes, columns",
            .description =
                "Words are looked for in series ids, names, themes, tags, columns, folders and "
                "descriptions, in any order; case, accents and the separators _ - . / : | do not "
                "matter, the last word may be unfinished, and words of four letters and more may "
                "hold a typo. \"a phrase\" stands together, -word must not occur. Filters: "
                "theme: dataset: source: tag: freq: col: folder: with * in their values, "
                "length>5000, "
                "start<2015, end>=2020, missing<1%. Without words everything that passes the "
                "filters is "
                "listed. Ends with exit code 4 where nothing is found.",
            .arguments = {{.name = "QUERY",
                           .many = true,
                           .help = "words and filters; put -- before one that starts with a dash"}},
            .examples = {{"ts-indexer search solar power", "both words, anywhere"},
                         {"ts-indexer search beijng subway", "typos are forgiven"},
                         {"ts-indexer search MT_001 --dataset electricity", "ids of one dataset"},
                         {"ts-indexer search 'theme:energy length>5000'", "a list by filters"},
                         {"ts-indexer search wind --limit all --format csv > wind.csv",
                          "every hit"}},
        },
    [CMD_SHOW] =
        {
            .name = "show",
            .summary = "everything known of one dataset or one series",
            .description =
                "NAME is a dataset (its id or name) or a series: DATASET:SERIES_ID, or a series "
                "id that only one dataset has. Parts of an id with several columns are joined "
                "by '|'.",
            .arguments = {{.name = "NAME",
                           .required = true,
                           .help = "a dataset, DATASET:SERIES_ID, or a unique series id"}},
            .examples = {{"ts-indexer show electricity", "a dataset"},
                         {"ts-indexer show electricity:MT_001", "a series"},
                         {"ts-indexer show electricity:MT_001 --spans", "and where its rows lie"}},
        },
    [CMD_TWINS] =
        {
            .name = "twins",
            .summary = "series that hold the same values, also rounded or resampled",
            .description =
                "Lists pairs of series whose values are the same, of all datasets or of NAME, by "
                "the fingerprints that --depth values computes; no data is read. `relation` says "
                "what the twin is of the series: equal, equal_single (in single precision), "
                "rounded_0 to rounded_3 (to so many decimals), hour_mean, day_sum and so on "
                "(resampled). Constant series are left out.",
            .arguments = {{.name = "NAME",
                           .help = "only those of this dataset, or of DATASET:SERIES_ID"}},
            .examples = {{"ts-indexer twins", "all of them"},
                         {"ts-indexer twins electricity:MT_001", "copies of one series"}},
        },
    [CMD_FAILURES] =
        {
            .name = "failures",
            .summary = "files and datasets that could not be read, and why",
            .description =
                "Lists what failed and what was passed over, of all datasets or of DATASET.",
            .arguments = {{.name = "DATASET", .help = "only those of this dataset"}},
            .examples = {{"ts-indexer failures", "all of them"},
                         {"ts-indexer failures electricity --format json", "of one dataset"}},
        },
    [CMD_DRIFT] =
        {
            .name = "drift",
            .summary = "columns that differ between the files of a dataset",
            .description =
                "Compares the schemas of all files, as their footers have them: columns that were "
                "added, lost, are missing from some files, have several types, or are spelt in "
                "several ways. The files are named.",
            .arguments = {{.name = "DATASET", .help = "only this dataset"}},
            .examples = {{"ts-indexer drift", "of all datasets"},
                         {"ts-indexer drift electricity --format json", "of one dataset"}},
        },
    [CMD_DUMP] =
        {
            .name = "dump",
            .summary = "write the whole catalog as canonical NDJSON",
            .description =
                "Writes the content of the catalog as NDJSON in a fixed order, without what "
                "differs between equal runs: catalogs of equal data give equal bytes.",
            .examples = {{"ts-indexer dump > catalog.ndjson", "to keep or to compare"},
                         {"diff <(ts-indexer dump) <(ts-indexer dump --database old.db)",
                          "what changed"}},
        },
    [CMD_DOCTOR] =
        {
            .name = "doctor",
            .summary = "check whether and how a source can be read",
            .description =
                "Says which endpoint and region are used and why, who was asked for credentials "
                "and who answered, and whether listing and ranged reads work, with the time that "
                "each took. Without SOURCE only configuration and credentials for S3 are looked "
                "at. Of a key id its last four characters are shown, of secrets nothing. Ends "
                "with exit code 5 where credentials or permissions are at fault, with 1 for "
                "anything else that failed.",
            .arguments = {{.name = "SOURCE",
                           .hint = HINT_DIRECTORY,
                           .help = "s3://bucket/prefix, file:///directory or a directory"}},
            .examples = {{"ts-indexer doctor s3://bucket/lake", "can it be read?"},
                         {"ts-indexer doctor --profile work", "whose credentials would be used?"}},
        },
    [CMD_COMPLETIONS] =
        {
            .name = "completions",
            .summary = "write the completion script of a shell",
            .description = "Writes a script that completes commands, options and their values.",
            .arguments = {{.name = "SHELL",
                           .required = true,
                           .choices = "bash|zsh|fish",
                           .help = "bash, zsh or fish"}},
            .examples =
                {
                    {"eval \"$(ts-indexer completions bash)\"", "in ~/.bashrc"},
                    {"ts-indexer completions zsh > ~/.zfunc/_ts-indexer", "a folder of $fpath"},
                    {"ts-indexer completions fish > ~/.config/fish/completions/ts-indexer.fish",
                     "fish"},
                },
        },
    [CMD_HELP] =
        {
            .name = "help",
            .summary = "explain the program or one command",
            .description =
                "The same as --help. With --man the page is written in the language of man, "
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
    {"AWS_*",
     "access keys, session token, profile, region, endpoint: as the AWS command line reads them"},
    {NULL, NULL},
};
