#include "scan/discover.h"

#include <stdlib.h>
#include <string.h>

#include "format/metadata.h"
#include "scan/classify.h"

void discovery_init(struct discovery *d, const char *source_name)
{
    *d = (struct discovery){0};
    arena_init(&d->arena);
    map_init(&d->by_name);
    d->source_name = arena_strdup(&d->arena, source_name);
}

void discovery_free(struct discovery *d)
{
    for (size_t i = 0; i < d->n_folders; i++) {
        mem_free(d->folders[i].files);
    }
    mem_free(d->folders);
    mem_free(d->metas);
    mem_free(d->notes);
    map_free(&d->by_name);
    arena_reset(&d->arena);
    *d = (struct discovery){0};
}

struct str discovery_first_segment(const char *key)
{
    const char *slash = strchr(key, '/');
    return str_n(key, slash ? (size_t)(slash - key) : 0);
}

bool discovery_stem_is_generic(const char *stem)
{
    static const char *const generic[] = {"metadata", "dataset", "_metadata", "_dataset"};
    for (size_t i = 0; i < sizeof generic / sizeof *generic; i++) {
        if (str_eq_nocase(str_c(stem), str_c(generic[i]))) {
            return true;
        }
    }
    return false;
}

/* A folder in which nothing could ever be read is listed all the same, with its failures; the root,
 * where all kinds of things lie beside the folders, is a dataset only if there is something to
 * read. */
bool discovery_is_dataset(const struct discovery_folder *f)
{
    return f->n_files || (f->n_unsupported && f->name.len);
}

/* The folder of that name, made where it is new. The pointer is good until the next one is made. */
static struct discovery_folder *folder_get(struct discovery *d, struct str name)
{
    bool added;
    struct map_entry *e = map_put(&d->by_name, name, &added);
    if (added) {
        e->value = d->n_folders;
        d->folders = mem_grow(d->folders, d->n_folders, &d->cap_folders, sizeof *d->folders);
        d->folders[d->n_folders++] =
            (struct discovery_folder){.name = e->key, .meta = DISCOVERY_NONE};
    }
    return &d->folders[e->value];
}

/* `dataset_id` and `key` must live as long as the arena. */
static void note(struct discovery *d, const char *dataset_id, const char *key, enum error_code code,
                 const char *text)
{
    d->notes = mem_grow(d->notes, d->n_notes, &d->cap_notes, sizeof *d->notes);
    d->notes[d->n_notes++] = (struct discovery_note){dataset_id, key, code, text};
}

static void add_file(struct discovery *d, struct discovery_folder *f, const struct object *o)
{
    f->files = mem_grow(f->files, f->n_files, &f->cap_files, sizeof *f->files);
    f->files[f->n_files++] =
        (struct object){.key = arena_strdup(&d->arena, o->key),
                        .size = o->size,
                        .etag = arena_strdup(&d->arena, o->etag ? o->etag : ""),
                        .mtime_us = o->mtime_us};
}

void discovery_add_object(struct discovery *d, const struct object *o)
{
    struct object_class class = object_classify(str_c(o->key));
    if (class.metadata) {
        return; /* comes again as metadata, or is named by nobody */
    }
    struct discovery_folder *f = folder_get(d, discovery_first_segment(o->key));
    if (class.code == OK) {
        add_file(d, f, o);
        return;
    }
    f->n_unsupported += class.code == ERR_UNSUPPORTED;
    /* The id of the dataset is not known yet: discovery_finish looks the folder up by the key. */
    note(d, NULL, arena_strdup(&d->arena, o->key), class.code, class.text);
}

static void add_meta(struct discovery *d, struct discovery_meta m)
{
    if (m.inside) {
        folder_get(d, discovery_first_segment(m.key))->n_metas++;
    }
    m.folder = DISCOVERY_NONE;
    d->metas = mem_grow(d->metas, d->n_metas, &d->cap_metas, sizeof *d->metas);
    d->metas[d->n_metas++] = m;
}

void discovery_add_meta(struct discovery *d, const struct dataset_meta *meta, bool inside)
{
    add_meta(d, (struct discovery_meta){
                    .parsed = meta, .key = meta->key, .stem = meta->stem, .inside = inside});
}

void discovery_add_meta_failure(struct discovery *d, const char *key, bool inside,
                                enum error_code code, const char *text)
{
    add_meta(d, (struct discovery_meta){.key = arena_strdup(&d->arena, key),
                                        .stem = metadata_stem(key, &d->arena),
                                        .inside = inside,
                                        .code = code,
                                        .text = arena_strdup(&d->arena, text)});
}

static int folder_order(const void *a, const void *b)
{
    const struct discovery_folder *x = a, *y = b;
    return str_cmp(x->name, y->name);
}

static int meta_order(const void *a, const void *b)
{
    const struct discovery_meta *x = a, *y = b;
    int c = strcmp(x->key, y->key);
    return c ? c : (int)x->inside - (int)y->inside;
}

static int file_order(const void *a, const void *b)
{
    return strcmp(((const struct object *)a)->key, ((const struct object *)b)->key);
}

static int note_order(const void *a, const void *b)
{
    const struct discovery_note *x = a, *y = b;
    int c = strcmp(x->dataset_id, y->dataset_id);
    c = c ? c : strcmp(x->key, y->key);
    c = c ? c : (x->code > y->code) - (x->code < y->code);
    return c ? c : strcmp(x->text, y->text);
}

static int dataset_order(const void *a, const void *b)
{
    const struct discovered *x = a, *y = b;
    return strcmp(x->info.id, y->info.id);
}

/* qsort may not be given NULL, even for nothing. */
static void sort(void *items, size_t n, size_t size, int (*order)(const void *, const void *))
{
    if (n > 1) {
        qsort(items, n, size, order);
    }
}

/* From here on the order in which things were added is forgotten. */
static void sort_input(struct discovery *d)
{
    sort(d->folders, d->n_folders, sizeof *d->folders, folder_order);
    sort(d->metas, d->n_metas, sizeof *d->metas, meta_order);
    for (size_t i = 0; i < d->n_folders; i++) {
        struct discovery_folder *f = &d->folders[i];
        map_put(&d->by_name, f->name, NULL)->value = i;
        sort(f->files, f->n_files, sizeof *f->files, file_order);
    }
}

static const char *folder_label(const struct discovery *d, const struct discovery_folder *f)
{
    return f->name.len ? f->name.data : d->source_name;
}

/* "weather/"; "" for the root. */
static const char *folder_key(struct discovery *d, const struct discovery_folder *f)
{
    return f->name.len ? arena_printf(&d->arena, "%s/", f->name.data) : "";
}

static const char *wanted_id(const struct discovery *d, const struct discovery_folder *f)
{
    const struct discovery_meta *m = f->meta == DISCOVERY_NONE ? NULL : &d->metas[f->meta];
    bool named = m && m->stem[0] && !(m->inside && discovery_stem_is_generic(m->stem));
    return named ? m->stem : folder_label(d, f);
}

static bool take_id(struct map *ids, struct discovery_folder *f, const char *id)
{
    bool added;
    map_put(ids, str_c(id), &added);
    f->id = added ? id : f->id;
    return added;
}

/* Ids that are the folder's own name first: nobody else may take those. Then the others, by the
 * bytes of their folder. */
static void assign_ids(struct discovery *d)
{
    struct map ids;
    map_init(&ids);
    for (int own = 1; own >= 0; own--) {
        for (size_t i = 0; i < d->n_folders; i++) {
            struct discovery_folder *f = &d->folders[i];
            const char *id = wanted_id(d, f), *label = folder_label(d, f);
            if (!discovery_is_dataset(f) || (strcmp(id, label) == 0) != own ||
                take_id(&ids, f, id)) {
                continue;
            }
            bool kept = take_id(&ids, f, label);
            note(d, kept ? label : id, folder_key(d, f), ERR_NAME_COLLISION,
                 arena_printf(&d->arena, "another dataset has the id %s%s", id,
                              kept ? "; the folder's name is used" : "; this one is left out"));
        }
    }
    map_free(&ids);
}

static const char *id_of_key(const struct discovery *d, const char *key)
{
    uint64_t at;
    struct str name = discovery_first_segment(key);
    bool known = map_get(&d->by_name, name, &at);
    return known && d->folders[at].id ? d->folders[at].id
           : known && name.len        ? d->folders[at].name.data
                                      : "";
}

/* Notes on objects get the id of the dataset they lie in; what lies in no dataset is filed under
 * its folder's name. */
static void name_object_notes(struct discovery *d)
{
    for (size_t i = 0; i < d->n_notes; i++) {
        if (!d->notes[i].dataset_id) {
            d->notes[i].dataset_id = id_of_key(d, d->notes[i].key);
        }
    }
}

/* A file that describes nothing: its dataset has a better one, or there is no such dataset. */
static void note_unused_meta(struct discovery *d, const struct discovery_meta *m)
{
    uint64_t at;
    bool around = m->inside && map_get(&d->by_name, discovery_first_segment(m->key), &at) &&
                  d->folders[at].id;
    const struct discovery_folder *f = around ? &d->folders[at] : NULL;
    for (size_t i = 0; i < d->n_folders && !f; i++) {
        if (d->folders[i].id && str_eq_nocase(d->folders[i].name, str_c(m->stem))) {
            f = &d->folders[i];
        }
    }
    if (f && f->meta != DISCOVERY_NONE) {
        note(d, f->id, m->key, ERR_NAME_COLLISION,
             arena_printf(&d->arena, "the dataset is already described by %s",
                          d->metas[f->meta].key));
    } else if (f) {
        note(d, f->id, m->key, ERR_NAME_COLLISION,
             "one of several metadata files in the folder, of which none is metadata.yaml");
    } else {
        bool generic = discovery_stem_is_generic(m->stem);
        note(d, generic ? "" : m->stem, m->key, ERR_NO_DATA,
             "there is metadata, but no folder with data that it describes");
    }
}

static void note_metas(struct discovery *d)
{
    for (size_t i = 0; i < d->n_metas; i++) {
        const struct discovery_meta *m = &d->metas[i];
        if (m->parsed && m->folder == DISCOVERY_NONE) {
            note_unused_meta(d, m);
        } else if (!m->parsed) {
            const char *id = m->folder == DISCOVERY_NONE ? NULL : d->folders[m->folder].id;
            note(d, id ? id : m->stem, m->key, m->code, m->text);
        }
    }
}

static void note_folders(struct discovery *d)
{
    for (size_t i = 0; i < d->n_folders; i++) {
        const struct discovery_folder *f = &d->folders[i];
        if (f->id && f->meta == DISCOVERY_NONE && !f->meta_failed) {
            note(d, f->id, folder_key(d, f), ERR_NO_METADATA,
                 "no metadata describes this folder; id and time columns are looked for by name");
        }
    }
}

struct folder_by_fold {
    const struct discovery_folder *folder;
    const char *folded;
};

static int fold_order(const void *a, const void *b)
{
    const struct folder_by_fold *x = a, *y = b;
    int c = strcmp(x->folded, y->folded);
    return c ? c : str_cmp(x->folder->name, y->folder->name);
}

/* Object stores tell "A" from "a"; people and metadata files often do not. */
static void note_case_twins(struct discovery *d)
{
    struct folder_by_fold *all = mem_alloc(d->n_folders * sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i < d->n_folders; i++) {
        if (d->folders[i].id) {
            char *folded = arena_strdup(&d->arena, d->folders[i].name.data);
            for (char *c = folded; *c; c++) {
                *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
            }
            all[n++] = (struct folder_by_fold){&d->folders[i], folded};
        }
    }
    sort(all, n, sizeof *all, fold_order);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(all[i].folded, all[i - 1].folded) == 0) {
            note(d, all[i].folder->id, folder_key(d, all[i].folder), ERR_NAME_COLLISION,
                 arena_printf(&d->arena, "the folders %s and %s differ only in case",
                              all[i - 1].folder->name.data, all[i].folder->name.data));
        }
    }
    mem_free(all);
}

static struct dataset_info make_info(struct discovery *d, const struct discovery_folder *f)
{
    const struct dataset_meta *m = f->meta == DISCOVERY_NONE ? NULL : d->metas[f->meta].parsed;
    struct dataset_info info = {
        .id = f->id,
        .name = m && m->name ? m->name : folder_label(d, f),
        .folder = folder_key(d, f),
        .source_uri = "",
        .meta = m,
        .time_column = m ? m->time_column : NULL,
        .origin = m && m->ts_id.n ? COLUMNS_METADATA : COLUMNS_NONE,
    };
    info.n_id_columns = m ? m->ts_id.n : 0;
    info.id_columns = arena_array(&d->arena, info.n_id_columns, sizeof *info.id_columns);
    for (size_t i = 0; i < info.n_id_columns; i++) {
        info.id_columns[i] = m->ts_id.items[i].name;
    }
    return info;
}

static void make_datasets(struct discovery *d)
{
    d->datasets = arena_array(&d->arena, d->n_folders, sizeof *d->datasets);
    for (size_t i = 0; i < d->n_folders; i++) {
        const struct discovery_folder *f = &d->folders[i];
        if (!f->id) {
            continue;
        }
        struct discovered *out = &d->datasets[d->n_datasets++];
        *out =
            (struct discovered){.info = make_info(d, f), .files = f->files, .n_files = f->n_files};
        for (size_t k = 0; k < f->n_files; k++) {
            out->n_empty += f->files[k].size == 0;
        }
    }
    sort(d->datasets, d->n_datasets, sizeof *d->datasets, dataset_order);
}

void discovery_finish(struct discovery *d)
{
    sort_input(d);
    discovery_match(d);
    assign_ids(d);
    name_object_notes(d);
    note_metas(d);
    note_folders(d);
    note_case_twins(d);
    make_datasets(d);
    sort(d->notes, d->n_notes, sizeof *d->notes, note_order);
}
