-- The demo corpus: real series, reshaped to long-format Parquet as its users keep it: a folder a dataset, one row a point,
-- the id columns first. @SOURCE@ is the data folder of vega-datasets, @CORPUS@ the folder to write; tools/demo/make-corpus puts
-- both in. Every statement orders its rows, so that the files are the same each time.
SET threads = 1;
SET preserve_insertion_order = true;
SET TimeZone = 'UTC';

-- One text id, DATE.
COPY (
    SELECT symbol AS item_id, strptime(date, '%b %-d %Y')::DATE AS date, price AS target
    FROM read_csv('@SOURCE@/stocks.csv', types = {'date': 'VARCHAR'})
    ORDER BY item_id, date
) TO '@CORPUS@/us_tech_stocks/data.parquet' (FORMAT parquet, COMPRESSION zstd);

-- One series, five thousand days; the id never changes, so that statistics alone tell it.
COPY (
    SELECT 'S&P 500' AS item_id, date::DATE AS date, close AS target, open, high, low, volume
    FROM read_csv('@SOURCE@/sp500-2000.csv')
    ORDER BY date
) TO '@CORPUS@/sp500_daily/data.parquet' (FORMAT parquet, COMPRESSION snappy);

-- A file a year: every series lies in four files.
CREATE TABLE weather AS
    SELECT location AS item_id, date::TIMESTAMP_MS AS timestamp, temp_max, temp_min, precipitation, wind, weather
    FROM read_csv('@SOURCE@/weather.csv');
COPY (FROM weather WHERE year(timestamp) = 2012 ORDER BY item_id, timestamp)
    TO '@CORPUS@/city_weather_daily/2012.parquet' (FORMAT parquet, COMPRESSION snappy);
COPY (FROM weather WHERE year(timestamp) = 2013 ORDER BY item_id, timestamp)
    TO '@CORPUS@/city_weather_daily/2013.parquet' (FORMAT parquet, COMPRESSION snappy);
COPY (FROM weather WHERE year(timestamp) = 2014 ORDER BY item_id, timestamp)
    TO '@CORPUS@/city_weather_daily/2014.parquet' (FORMAT parquet, COMPRESSION snappy);
COPY (FROM weather WHERE year(timestamp) = 2015 ORDER BY item_id, timestamp)
    TO '@CORPUS@/city_weather_daily/2015.parquet' (FORMAT parquet, COMPRESSION snappy);

-- Interleaved by time: at each hour one row for each variable, in small row groups.
COPY (
    SELECT variable AS item_id, date::TIMESTAMP AS timestamp, value::DOUBLE AS target
    FROM (UNPIVOT (FROM read_csv('@SOURCE@/seattle-weather-hourly-normals.csv'))
          ON pressure, temperature, wind INTO NAME variable VALUE value)
    ORDER BY timestamp, item_id
) TO '@CORPUS@/seattle_hourly_normals/data.parquet' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 4096);

-- Time with a zone, two targets.
COPY (
    SELECT series AS item_id, date::TIMESTAMPTZ AS timestamp, count::BIGINT AS unemployed, rate::DOUBLE AS rate
    FROM read_json('@SOURCE@/unemployment-across-industries.json')
    ORDER BY item_id, timestamp
) TO '@CORPUS@/us_unemployment_industries/data.parquet' (FORMAT parquet, COMPRESSION snappy);

COPY (
    SELECT sector AS item_id, month::DATE AS timestamp, jobs::DOUBLE AS target
    FROM (UNPIVOT (FROM read_csv('@SOURCE@/us-employment.csv')) ON COLUMNS(* EXCLUDE (month, nonfarm_change)) INTO NAME sector VALUE jobs)
    ORDER BY item_id, timestamp
) TO '@CORPUS@/us_employment_supersectors/data.parquet' (FORMAT parquet, COMPRESSION gzip);

-- Years as integers: an index, not a calendar.
COPY (
    SELECT country AS item_id, year::INTEGER AS year, life_expect, fertility, pop::BIGINT AS population,
           cluster::INTEGER AS cluster
    FROM read_json('@SOURCE@/gapminder.json')
    ORDER BY item_id, year
) TO '@CORPUS@/gapminder_countries/data.parquet' (FORMAT parquet, COMPRESSION snappy);

-- A key of two text columns.
COPY (
    SELECT job, sex, make_date(year::INTEGER, 1, 1) AS date, count::BIGINT AS people, perc::DOUBLE AS share
    FROM read_json('@SOURCE@/jobs.json')
    ORDER BY job, sex, date
) TO '@CORPUS@/us_census_jobs/data.parquet' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048);

-- A key of two integers.
COPY (
    SELECT age::INTEGER AS age, sex::INTEGER AS sex, make_date(year::INTEGER, 1, 1) AS date, people::BIGINT AS people
    FROM read_json('@SOURCE@/population.json')
    ORDER BY age, sex, date
) TO '@CORPUS@/us_census_population/data.parquet' (FORMAT parquet, COMPRESSION snappy);

-- An integer id.
COPY (
    SELECT budgetYear::BIGINT AS budget_year, make_date(forecastYear::INTEGER, 1, 1) AS date, value::DOUBLE AS balance
    FROM read_json('@SOURCE@/budgets.json')
    ORDER BY budget_year, date
) TO '@CORPUS@/us_budget_forecasts/data.parquet' (FORMAT parquet, COMPRESSION lz4_raw);

COPY (
    SELECT Entity AS item_id, make_date(Year::INTEGER, 1, 1) AS date, Deaths::BIGINT AS target
    FROM read_csv('@SOURCE@/disasters.csv')
    ORDER BY item_id, date
) TO '@CORPUS@/natural_disaster_deaths/data.parquet' (FORMAT parquet, COMPRESSION brotli);

-- The folder's name differs from its metadata's in case.
COPY (
    SELECT source AS item_id, year::DATE AS timestamp, net_generation::BIGINT AS target
    FROM read_csv('@SOURCE@/iowa-electricity.csv')
    ORDER BY item_id, timestamp
) TO '@CORPUS@/IOWA_ELECTRICITY/data.parquet' (FORMAT parquet, COMPRESSION uncompressed);

COPY (
    SELECT 'co2_ppm' AS item_id, "Date"::TIMESTAMP_NS AS timestamp, "CO2"::DOUBLE AS target,
           "adjusted CO2"::DOUBLE AS adjusted
    FROM read_csv('@SOURCE@/co2-concentration.csv')
    ORDER BY timestamp
) TO '@CORPUS@/mauna_loa_co2/data.parquet' (FORMAT parquet, COMPRESSION snappy);

COPY (
    SELECT 'global_temperature_anomaly' AS item_id, make_date(year::INTEGER, 1, 1) AS timestamp, temp::DOUBLE AS target
    FROM read_csv('@SOURCE@/global-temp.csv')
    ORDER BY timestamp
) TO '@CORPUS@/global_temperature/data.parquet' (FORMAT parquet, COMPRESSION snappy);

-- Three million flights as departures a day and airport: a file a month, each with all airports, and the _SUCCESS marker
-- of the job that wrote them (made by make-corpus).
CREATE TABLE departures AS
    SELECT origin AS item_id, date_trunc('day', date)::TIMESTAMP AS timestamp, count(*)::BIGINT AS departures,
           round(avg(delay), 3) AS mean_delay, count(*) FILTER (delay > 15)::BIGINT AS late
    FROM '@SOURCE@/flights-3m.parquet'
    WHERE date < TIMESTAMP '2001-07-01'
    GROUP BY ALL;
COPY (FROM departures WHERE month(timestamp) = 1 ORDER BY item_id, timestamp)
    TO '@CORPUS@/us_airport_departures/part-00000.parquet' (FORMAT parquet, COMPRESSION zstd);
COPY (FROM departures WHERE month(timestamp) = 2 ORDER BY item_id, timestamp)
    TO '@CORPUS@/us_airport_departures/part-00001.parquet' (FORMAT parquet, COMPRESSION zstd);
COPY (FROM departures WHERE month(timestamp) = 3 ORDER BY item_id, timestamp)
    TO '@CORPUS@/us_airport_departures/part-00002.parquet' (FORMAT parquet, COMPRESSION zstd);
COPY (FROM departures WHERE month(timestamp) = 4 ORDER BY item_id, timestamp)
    TO '@CORPUS@/us_airport_departures/part-00003.parquet' (FORMAT parquet, COMPRESSION zstd);
COPY (FROM departures WHERE month(timestamp) = 5 ORDER BY item_id, timestamp)
    TO '@CORPUS@/us_airport_departures/part-00004.parquet' (FORMAT parquet, COMPRESSION zstd);
COPY (FROM departures WHERE month(timestamp) = 6 ORDER BY item_id, timestamp)
    TO '@CORPUS@/us_airport_departures/part-00005.parquet' (FORMAT parquet, COMPRESSION zstd);

-- A key of two columns, irregular months: only those with a strike have a row.
COPY (
    SELECT "Origin State" AS state, "Wildlife Size" AS wildlife_size,
           date_trunc('month', "Flight Date"::DATE)::DATE AS month, count(*)::BIGINT AS strikes,
           sum("Cost Total $")::BIGINT AS cost
    FROM read_csv('@SOURCE@/birdstrikes.csv')
    GROUP BY ALL
    ORDER BY state, wildlife_size, month
) TO '@CORPUS@/us_bird_strikes/data.parquet' (FORMAT parquet, COMPRESSION snappy);

-- No metadata: the columns have to be found.
COPY (
    SELECT home_team AS item_id, date::DATE AS timestamp, home_score::BIGINT AS target
    FROM read_json('@SOURCE@/football.json')
    ORDER BY item_id, timestamp
) TO '@CORPUS@/football_home_goals/data.parquet' (FORMAT parquet, COMPRESSION snappy);
