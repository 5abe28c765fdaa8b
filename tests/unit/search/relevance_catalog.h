/* relevance_catalog.h - a catalog of 109 datasets as a large public collection of time series has
 * them: the names, the themes, and ids in the shapes that those datasets use. Made from nothing but
 * (dataset, number), so that tests and benchmarks agree on every byte.
 */
#ifndef TSI_SEARCH_RELEVANCE_CATALOG_H
#define TSI_SEARCH_RELEVANCE_CATALOG_H

#include "search_corpus.h"

enum rc_shape {
    RC_GRID,     /* 1989_12_40: year and cell */
    RC_LATLON,   /* 27.0_261.0 */
    RC_COUNTED,  /* T135 */
    RC_PADDED,   /* MAC000135 */
    RC_BUILDING, /* Bear_education_Lucy */
    RC_PRODUCT,  /* HOBBIES_1_001_CA_1_evaluation */
    RC_PAGE,     /* Solar_eclipse_en.wikipedia.org_all-access_spider */
    RC_MACHINE,  /* m_1932|c_12003 */
    RC_HEX,      /* 4f1a... */
    RC_PAIR,     /* 12|103665 */
    RC_DISEASE,  /* MEASLES|CALIFORNIA|Fresno */
    RC_STATION,  /* USW00094728 */
    RC_CITY,     /* São Paulo */
    RC_SENSOR,   /* 717447 */
    RC_UPGRADE,  /* upgrade=0/puma=G06000101/bldg_12345 */
    RC_REGION,   /* NSW|Sydney|business */
    RC_AIR,      /* beijing_aotizhongxin_PM2.5 */
};

struct rc_dataset {
    const char *id, *theme, *frequency, *tag, *column, *description;
    enum rc_shape shape;
    const char *prefix; /* of the ids, where the shape has one */
    uint32_t series;    /* at full size */
};

#define RC_ERA5(year)                                                                              \
    {                                                                                              \
        "era5_" #year, "climate", "H", "reanalysis", "temperature",                                \
            "Global reanalysis of the atmosphere in " #year, RC_GRID, #year "_", 8192              \
    }
#define RC_CMIP6(year)                                                                             \
    {                                                                                              \
        "cmip6_" #year, "climate", "6H", "simulation", "air_temperature",                          \
            "Climate model intercomparison from " #year, RC_GRID, #year "_", 8192                  \
    }
#define RC_BDG(name, n)                                                                            \
    {                                                                                              \
        "bdg-2_" name, "energy", "H", "buildings", "electricity_kwh",                              \
            "Meters of buildings of the site " name, RC_BUILDING, name "_", n                      \
    }

/* Sizes are in the proportions of the collection, with its largest parts cut. */
static const struct rc_dataset rc_datasets[] = {
    RC_ERA5(1989),
    RC_ERA5(1990),
    RC_ERA5(1991),
    RC_ERA5(1992),
    RC_ERA5(1993),
    RC_ERA5(1994),
    RC_ERA5(1995),
    RC_ERA5(1996),
    RC_ERA5(1997),
    RC_ERA5(1998),
    RC_ERA5(1999),
    RC_ERA5(2000),
    RC_ERA5(2018),
    RC_CMIP6(1850),
    RC_CMIP6(1855),
    RC_CMIP6(1900),
    RC_CMIP6(1950),
    RC_CMIP6(2000),
    RC_CMIP6(2010),
    RC_BDG("panther", 136),
    RC_BDG("fox", 179),
    RC_BDG("rat", 455),
    RC_BDG("bear", 91),
    {"bull", "energy", "H", "buildings", "electricity_kwh",
     "Meters of university buildings in Texas", RC_BUILDING, "Bull_", 464},
    {"cockatoo", "energy", "H", "buildings", "electricity_kwh", "One campus meter", RC_BUILDING,
     "Cockatoo_", 20},
    {"hog", "energy", "H", "buildings", "electricity_kwh", "Meters of offices and laboratories",
     RC_BUILDING, "Hog_", 152},
    {"buildings_900k", "energy", "H", "simulation", "kwh",
     "Simulated load of homes and offices of the United States", RC_UPGRADE, "", 900000},
    {"gfc12_load", "energy", "H", "competition", "load",
     "Load zones of a forecasting competition of 2012", RC_COUNTED, "zone_", 20},
    {"gfc17_load", "energy", "H", "competition", "load", "Load zones of New England", RC_COUNTED,
     "CT-", 16},
    {"ideal", "energy", "H", "households", "power", "Homes of Edinburgh and the Lothians",
     RC_PADDED, "home", 255},
    {"lcl", "energy", "H", "households", "kwh", "Low carbon smart meters", RC_PADDED, "MAC", 713},
    {"london_smart_meters_with_missing", "energy", "30T", "households", "kwh",
     "Half hourly use of London households, with gaps", RC_PADDED, "MAC", 5520},
    {"sceaux", "energy", "H", "households", "power", "One house near Paris", RC_COUNTED,
     "sub_metering_", 7},
    {"smart", "energy", "H", "households", "power", "Homes of Massachusetts", RC_AIR, "", 60},
    {"spain", "energy", "H", "regions", "generation", "Generation and price by source in Spain",
     RC_COUNTED, "plant_", 30},
    {"elecdemand", "energy", "30T", "regions", "demand", "Demand of Victoria and the temperature",
     RC_COUNTED, "W", 3},
    {"electricity_hourly", "energy", "H", "clients", "kwh", "Consumption of Portuguese clients",
     RC_COUNTED, "MT_", 321},
    {"electricity_weekly", "energy", "W", "clients", "kwh",
     "Weekly consumption of Portuguese clients", RC_COUNTED, "MT_", 321},
    {"australian_electricity_demand", "energy", "30T", "regions", "demand",
     "Demand of five states of Australia", RC_COUNTED, "T", 5},
    {"residential_load_power", "energy", "T", "households", "watts",
     "Load of homes with solar panels", RC_COUNTED, "SFH", 271},
    {"residential_pv_power", "energy", "T", "households", "watts", "Photovoltaic output of homes",
     RC_COUNTED, "SFH", 233},
    {"solar_10_minutes", "energy", "10T", "plants", "power", "Photovoltaic plants of Alabama",
     RC_COUNTED, "T", 137},
    {"solar_weekly", "energy", "W", "plants", "power", "Photovoltaic plants of Alabama by week",
     RC_COUNTED, "T", 137},
    {"wind_farms_with_missing", "energy", "T", "plants", "power",
     "Wind farms of Australia, with gaps", RC_COUNTED, "T", 339},
    {"kdd2022", "energy", "10T", "plants", "active_power", "Turbines of one wind farm", RC_COUNTED,
     "turbine-", 134},
    {"alibaba_cluster_trace_2018", "cloud operations", "5T", "cluster", "cpu_util_percent",
     "Containers on machines of a production cluster", RC_MACHINE, "", 58409},
    {"azure_vm_traces_2017", "cloud operations", "5T", "cluster", "avg_cpu",
     "Virtual machines of a public cloud", RC_HEX, "", 159472},
    {"borg_cluster_data_2011", "cloud operations", "5T", "cluster", "cpu_rate",
     "Jobs and tasks of a compute cell", RC_PAIR, "", 143386},
    {"beijing_subway_30min", "transport", "30T", "metro", "inflow", "Passengers of subway stations",
     RC_COUNTED, "station_", 276},
    {"hzmetro", "transport", "15T", "metro", "inflow", "Metro of Hangzhou", RC_COUNTED, "station_",
     80},
    {"shmetro", "transport", "15T", "metro", "inflow", "Metro of Shanghai", RC_COUNTED, "station_",
     288},
    {"loop_seattle", "transport", "5T", "road", "speed", "Loop detectors of Seattle freeways",
     RC_PADDED, "d", 323},
    {"los_loop", "transport", "5T", "road", "speed", "Loop detectors of Los Angeles", RC_SENSOR,
     "7", 207},
    {"largest_2017", "transport", "5T", "road", "flow", "Sensors of California highways in 2017",
     RC_SENSOR, "3", 8196},
    {"largest_2018", "transport", "5T", "road", "flow", "Sensors of California highways in 2018",
     RC_SENSOR, "3", 8428},
    {"largest_2019", "transport", "5T", "road", "flow", "Sensors of California highways in 2019",
     RC_SENSOR, "3", 8600},
    {"largest_2020", "transport", "5T", "road", "flow", "Sensors of California highways in 2020",
     RC_SENSOR, "3", 8561},
    {"largest_2021", "transport", "5T", "road", "flow", "Sensors of California highways in 2021",
     RC_SENSOR, "3", 8548},
    {"pems03", "transport", "5T", "road", "flow", "District 3 of California", RC_SENSOR, "31", 358},
    {"pems04", "transport", "5T", "road", "flow", "District 4 of California", RC_SENSOR, "40", 307},
    {"pems07", "transport", "5T", "road", "flow", "District 7 of California", RC_SENSOR, "71", 883},
    {"pems08", "transport", "5T", "road", "flow", "District 8 of California", RC_SENSOR, "80", 170},
    {"pems_bay", "transport", "5T", "road", "speed", "Sensors of the Bay Area", RC_SENSOR, "40",
     325},
    {"q-traffic", "transport", "15T", "road", "speed", "Road segments of Beijing", RC_SENSOR, "15",
     45148},
    {"sz_taxi", "transport", "15T", "road", "speed", "Taxis of Shenzhen", RC_COUNTED, "road_", 156},
    {"taxi_30min", "transport", "30T", "taxi", "pickups", "Yellow taxis of New York", RC_PADDED,
     "zone", 1214},
    {"uber_tlc_daily", "transport", "D", "taxi", "pickups", "Rides of New York by day", RC_COUNTED,
     "B", 262},
    {"uber_tlc_hourly", "transport", "H", "taxi", "pickups", "Rides of New York by hour",
     RC_COUNTED, "B", 262},
    {"traffic_hourly", "transport", "H", "road", "occupancy", "Occupancy of San Francisco lanes",
     RC_COUNTED, "T", 862},
    {"traffic_weekly", "transport", "W", "road", "occupancy",
     "Occupancy of San Francisco lanes by week", RC_COUNTED, "T", 862},
    {"pedestrian_counts", "transport", "H", "people", "count", "People walking in Melbourne",
     RC_COUNTED, "T", 66},
    {"rideshare_with_missing", "transport", "H", "taxi", "price", "Rides of Boston, with gaps",
     RC_COUNTED, "T", 2304},
    {"vehicle_trips_with_missing", "transport", "D", "taxi", "trips", "Bases of for-hire vehicles",
     RC_COUNTED, "T", 329},
    {"china_air_quality", "nature", "H", "air", "pm25", "Cities of China", RC_CITY, "", 437},
    {"beijing_air_quality", "nature", "H", "air", "PM2.5", "Stations of Beijing", RC_AIR,
     "beijing_", 132},
    {"kdd_cup_2018_with_missing", "nature", "H", "air", "PM10",
     "Air of Beijing and London, with gaps", RC_AIR, "", 270},
    {"oikolab_weather", "nature", "H", "weather", "temperature", "Weather near Melbourne",
     RC_COUNTED, "T", 8},
    {"weather", "nature", "D", "weather", "rain", "Stations of Australia", RC_STATION, "ASN", 3010},
    {"temperature_rain_with_missing", "nature", "D", "weather", "rain",
     "Observed and predicted weather, with gaps", RC_STATION, "ASN", 32072},
    {"saugeenday", "nature", "D", "river", "flow", "Flow of a river in Ontario", RC_COUNTED, "T",
     1},
    {"sunspot_with_missing", "nature", "D", "sun", "spots", "Daily sunspots since 1818, with gaps",
     RC_COUNTED, "T", 1},
    {"subseasonal", "climate", "D", "weather", "tmax", "Temperature of the western United States",
     RC_LATLON, "", 862},
    {"subseasonal_precip", "climate", "D", "weather", "precipitation",
     "Rain of the western United States", RC_LATLON, "", 862},
    {"wiki-rolling_nips", "web", "D", "pages", "views", "Views of encyclopedia pages", RC_PAGE, "",
     47675},
    {"kaggle_web_traffic_weekly", "web", "W", "pages", "views",
     "Views of encyclopedia pages by week", RC_PAGE, "", 145063},
    {"extended_web_traffic_with_missing", "web", "D", "pages", "views",
     "Views of encyclopedia pages, with gaps", RC_PAGE, "", 145063},
    {"m5", "sales", "D", "retail", "unit_sales", "Products of ten stores of three states",
     RC_PRODUCT, "", 30490},
    {"favorita_sales", "sales", "D", "retail", "unit_sales", "Grocery stores of Ecuador", RC_PAIR,
     "", 111840},
    {"favorita_transactions", "sales", "D", "retail", "transactions",
     "Receipts of grocery stores of Ecuador", RC_COUNTED, "store_", 54},
    {"restaurant", "sales", "D", "retail", "visitors", "Visitors of restaurants of Japan", RC_HEX,
     "air_", 807},
    {"hierarchical_sales", "sales", "D", "retail", "quantity", "Pasta of four brands", RC_COUNTED,
     "QTY_B1_", 118},
    {"car_parts_with_missing", "sales", "M", "retail", "quantity", "Spare parts of cars, with gaps",
     RC_COUNTED, "T", 2674},
    {"godaddy", "economy", "M", "counties", "microbusiness_density", "Small firms by county",
     RC_COUNTED, "cfips_", 3135},
    {"bitcoin_with_missing", "economy", "D", "money", "price", "A cryptocurrency, with gaps",
     RC_COUNTED, "T", 18},
    {"cif_2016_12", "economy", "M", "competition", "value", "Bank loans and artificial series",
     RC_COUNTED, "ts", 57},
    {"fred_md", "economy", "M", "macro", "value", "Macroeconomic indicators of the United States",
     RC_COUNTED, "T", 107},
    {"m4_hourly", "economy", "H", "competition", "value", "The fourth competition, hourly",
     RC_COUNTED, "H", 414},
    {"m4_daily", "economy", "D", "competition", "value", "The fourth competition, daily",
     RC_COUNTED, "D", 4227},
    {"m4_weekly", "economy", "W", "competition", "value", "The fourth competition, weekly",
     RC_COUNTED, "W", 359},
    {"m4_monthly", "economy", "M", "competition", "value", "The fourth competition, monthly",
     RC_COUNTED, "M", 48000},
    {"m4_yearly", "economy", "Y", "competition", "value", "The fourth competition, yearly",
     RC_COUNTED, "Y", 23000},
    {"nn5_daily_with_missing", "economy", "D", "money", "withdrawals",
     "Cash machines of England, with gaps", RC_COUNTED, "T", 111},
    {"tourism_monthly", "economy", "M", "travel", "visitors", "Tourism of several countries",
     RC_COUNTED, "T", 366},
    {"australian_tourism", "economy", "Q", "travel", "nights",
     "Nights of visitors by region and purpose", RC_REGION, "", 89},
    {"cdc_fluview_ilinet", "health", "W", "disease", "ili",
     "Influenza like illness of the United States", RC_REGION, "", 75},
    {"project_tycho", "health", "W", "disease", "cases", "Notifiable diseases by state and city",
     RC_DISEASE, "", 1258},
    {"hospital", "health", "M", "patients", "count", "Patients by medical product", RC_COUNTED, "T",
     767},
    {"covid_deaths", "health", "D", "pandemic", "deaths", "Deaths by country", RC_CITY, "", 266},
    {"us_births", "health", "D", "people", "births", "Births of the United States", RC_COUNTED, "T",
     1},
};
#define RC_DATASETS (sizeof rc_datasets / sizeof *rc_datasets)
_Static_assert(RC_DATASETS == 109, "as many as the collection has");

static const char *const rc_people[] = {
    "Lucy",    "Garold",  "Lila",    "Mose",       "Wesley",  "Elva",    "Roseann",  "Leigh",
    "Camille", "Janie",   "Katy",    "Lakeesha",   "Missie",  "Naomi",   "Oscar",    "Peggy",
    "Quentin", "Rosalia", "Shauna",  "Theodore",   "Ursula",  "Verena",  "Wilfredo", "Xiomara",
    "Yolanda", "Zachary", "Alberta", "Bernardine", "Cortney", "Delphine"};
static const char *const rc_usages[] = {"education", "office",    "lodging",   "assembly",
                                        "public",    "health",    "parking",   "retail",
                                        "science",   "warehouse", "dormitory", "laboratory"};
static const char *const rc_first[] = {"Solar",    "Lunar",     "Ancient", "Modern",  "Northern",
                                       "Southern", "Electric",  "Hidden",  "Golden",  "Silent",
                                       "Royal",    "Imperial",  "Quantum", "Digital", "Atlantic",
                                       "Pacific",  "Victorian", "Roman",   "Nuclear", "Marine"};
static const char *const rc_second[] = {
    "eclipse",  "orbit",      "history",  "architecture", "railway", "orchestra", "vehicle",
    "figures",  "bridge",     "cinema",   "academy",      "garden",  "computer",  "revolution",
    "mountain", "television", "language", "station",      "physics", "biology"};
static const char *const rc_wikis[] = {"en.wikipedia.org", "de.wikipedia.org", "fr.wikipedia.org",
                                       "ja.wikipedia.org", "commons.wikimedia.org"};
static const char *const rc_access[] = {"all-access_spider", "desktop_all-agents",
                                        "mobile-web_all-agents"};
static const char *const rc_cities[] = {
    "Zürich",     "São Paulo",   "Málaga",    "Kraków",          "Łódź",     "Ærø",
    "Αθήνα",      "Θεσσαλονίκη", "Москва",    "Санкт-Петербург", "東京",     "北京",
    "上海",       "Đà Nẵng",     "Córdoba",   "Besançon",        "Århus",    "Gdańsk",
    "Brașov",     "Şanlıurfa",   "Reykjavík", "Orléans",         "Besiktaş", "Würzburg",
    "Mérida",     "Bogotá",      "Curaçao",   "Côte d'Ivoire",   "Åland",    "Plzeň",
    "Київ",       "Одеса",       "Минск",     "Казань",          "Ankara",   "Toulouse",
    "Valparaíso", "Iași",        "Timișoara", "Jyväskylä"};
static const char *const rc_diseases[] = {"MEASLES",       "PERTUSSIS", "DIPHTHERIA",   "SMALLPOX",
                                          "POLIOMYELITIS", "RUBELLA",   "TUBERCULOSIS", "MUMPS"};
static const char *const rc_states[] = {"CALIFORNIA", "NEW YORK",  "PENNSYLVANIA", "MASSACHUSETTS",
                                        "WASHINGTON", "LOUISIANA", "TENNESSEE",    "CONNECTICUT"};
static const char *const rc_towns[] = {"Fresno",    "Albany",     "Harrisburg", "Worcester",
                                       "Spokane",   "Shreveport", "Knoxville",  "Bridgeport",
                                       "Rochester", "Sacramento", "Scranton",   "Springfield"};
static const char *const rc_stations[] = {"aotizhongxin", "changping", "dingling", "dongsi",
                                          "guanyuan",     "gucheng",   "huairou",  "nongzhanguan",
                                          "shunyi",       "tiantan",   "wanliu",   "wanshouxigong"};
static const char *const rc_gases[] = {"PM2.5", "PM10", "SO2",  "NO2",  "CO",  "O3",
                                       "TEMP",  "DEWP", "RAIN", "WSPM", "PRES"};
static const char *const rc_purposes[] = {"business", "holiday", "visiting", "other"};
static const char *const rc_regions[] = {
    "NSW|Sydney", "NSW|Hunter",  "VIC|Melbourne", "VIC|Ballarat", "QLD|Brisbane",
    "QLD|Cairns", "SA|Adelaide", "WA|Perth",      "TAS|Hobart",   "NT|Darwin"};
#define RC_PICK(list, n) list[(n) % (sizeof(list) / sizeof *(list))]
typedef unsigned long long rc_number;

/* Places and pages, whose names come from lists. */
static inline size_t rc_id_named(const struct rc_dataset *d, uint64_t i, struct corpus_rng *r,
                                 char *out)
{
    char a[40];
    switch (d->shape) {
    case RC_BUILDING:
        corpus_word(i, a);
        corpus_title_case(a);
        return (size_t)sprintf(
            out, "%c%s%s_%s", d->prefix[0] >= 'a' ? d->prefix[0] - 32 : d->prefix[0], d->prefix + 1,
            RC_PICK(rc_usages, i), i < 40 ? RC_PICK(rc_people, i * 7) : a);
    case RC_PAGE:
        corpus_word(i / 300, a);
        return (size_t)sprintf(out, "%s_%s%s%s_%s_%s", RC_PICK(rc_first, i),
                               RC_PICK(rc_second, i / 20), i < 400 ? "" : "_of_", i < 400 ? "" : a,
                               RC_PICK(rc_wikis, corpus_next(r)),
                               RC_PICK(rc_access, corpus_next(r)));
    case RC_DISEASE:
        return (size_t)sprintf(out, "%s|%s|%s", RC_PICK(rc_diseases, i), RC_PICK(rc_states, i / 8),
                               RC_PICK(rc_towns, i / 64));
    case RC_CITY:
        corpus_word(i, a);
        return (size_t)sprintf(out, "%s%s%s", RC_PICK(rc_cities, i), i < 40 ? "" : "_",
                               i < 40 ? "" : a);
    case RC_REGION:
        return (size_t)sprintf(out, "%s|%s", RC_PICK(rc_regions, i), RC_PICK(rc_purposes, i / 10));
    default:
        return (size_t)sprintf(out, "%s%s_%s", d->prefix, RC_PICK(rc_stations, i),
                               RC_PICK(rc_gases, i / 12));
    }
}

/* The i-th id of a dataset. Ids may repeat within one; the first counts. */
static inline size_t rc_id(const struct rc_dataset *d, uint64_t i, char *out)
{
    static const char *const departments[] = {"HOBBIES", "FOODS", "HOUSEHOLD"};
    static const char *const shops[] = {"CA_1", "CA_2", "CA_3", "CA_4", "TX_1",
                                        "TX_2", "TX_3", "WI_1", "WI_2", "WI_3"};
    struct corpus_rng r = {(uint64_t)d->series * 31 + (uint64_t)d->id[0] + i * 7919};
    rc_number n = i;
    switch (d->shape) {
    case RC_GRID:
        return (size_t)sprintf(out, "%s%llu_%llu", d->prefix, n / 128, n % 128);
    case RC_LATLON:
        return (size_t)sprintf(out, "%llu.0_%llu.0", 25 + n / 35, 235 + n % 35);
    case RC_COUNTED:
        return (size_t)sprintf(out, "%s%llu", d->prefix, n + 1);
    case RC_PADDED:
        return (size_t)sprintf(out, "%s%06llu", d->prefix, n * 3 + 2);
    case RC_PRODUCT:
        return (size_t)sprintf(out, "%s_%llu_%03llu_%s_evaluation", departments[n / 10 % 3],
                               n / 9000 % 4 + 1, n / 30 % 300 + 1, RC_PICK(shops, n));
    case RC_MACHINE:
        return (size_t)sprintf(out, "m_%llu|c_%llu", (rc_number)corpus_below(&r, 4000),
                               (rc_number)corpus_below(&r, 72000));
    case RC_HEX:
        return (size_t)sprintf(out, "%s%016llx", d->prefix, (rc_number)corpus_next(&r));
    case RC_PAIR:
        return (size_t)sprintf(out, "%llu|%llu", (rc_number)corpus_below(&r, 54) + 1,
                               (rc_number)corpus_below(&r, 2000000) + 96000);
    case RC_STATION:
        return (size_t)sprintf(out, "%s%08llu", d->prefix, (rc_number)corpus_below(&r, 100000));
    case RC_SENSOR:
        return (size_t)sprintf(out, d->prefix[1] ? "%s%04llu" : "%s%05llu", d->prefix,
                               (rc_number)corpus_below(&r, d->prefix[1] ? 10000 : 100000));
    case RC_UPGRADE:
        return (size_t)sprintf(out, "upgrade=0/puma=G%02llu%06llu/bldg_%llu", n % 50 * 2 + 1,
                               n / 50 % 60 * 100 + 101, (rc_number)corpus_below(&r, 550000));
    default:
        return rc_id_named(d, i, &r, out);
    }
}

/* How many ids are made of a dataset; `shrink` divides the large ones, for tests. */
static inline uint64_t rc_size(const struct rc_dataset *d, uint64_t shrink)
{
    uint64_t n = d->series;
    return n > 400 ? (n / shrink > 400 ? n / shrink : 400) : n;
}

static inline void rc_document(const struct rc_dataset *d, struct search_doc *out,
                               const char *tags[1], const char *targets[1], char folder[64])
{
    sprintf(folder, "collection/%s/", d->id);
    tags[0] = d->tag;
    targets[0] = d->column;
    *out = (struct search_doc){.dataset_id = d->id,
                               .theme = d->theme,
                               .description = d->description,
                               .source = "lotsa",
                               .folder = folder,
                               .frequency = d->frequency,
                               .tags = tags,
                               .n_tags = 1,
                               .targets = targets,
                               .n_targets = 1,
                               .series = d->series,
                               .records = (uint64_t)d->series * 1000};
}

#endif
