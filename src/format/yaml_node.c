/* yaml_node.c - questions to a tree that has been built; libfyaml is not needed any more. */
#include "format/yaml.h"

bool yaml_is_null(const struct yaml_node *n)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; n->type == YAML_SCALAR && n->plain && i < sizeof nulls / sizeof *nulls;
         i++) {
        if (str_eq(n->text, str_c(nulls[i]))) {
            return true;
        }
    }
    return false;
}

const char *yaml_type_text(const struct yaml_node *n)
{
    return n->type == YAML_MAPPING ? "a mapping"
           : n->type == YAML_LIST  ? "a list"
           : yaml_is_null(n)       ? "nothing"
                                   : "text";
}

struct yaml_pair *yaml_find(const struct yaml_node *map, const char *key)
{
    for (size_t i = 0; map && map->type == YAML_MAPPING && i < map->n; i++) {
        if (str_eq(map->pairs[i].key->text, str_c(key))) {
            return &map->pairs[i];
        }
    }
    return NULL;
}
