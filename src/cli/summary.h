/* summary.h - what a run did and what it cost, for people and as data. */
#ifndef TSI_CLI_SUMMARY_H
#define TSI_CLI_SUMMARY_H

#include "cli/format.h"

struct summary {
    const struct tsi_index_options *options;
    const struct tsi_index_summary *run;
    int exit_code;
    const char *error_code; /* why a run failed, as a name for programs; NULL */
};

/* The file of --summary: one JSON object. */
void summary_json(struct strbuf *b, const struct summary *s);

/* The lines for stderr. */
void summary_text(struct strbuf *b, const struct summary *s);

/* One row on `out`. */
void summary_data(FILE *out, enum format f, const struct summary *s);

#endif
