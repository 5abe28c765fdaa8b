# DuckDB's C library: an installed one is preferred (pkg-config, then the usual paths), else what tools/setup
# put under .deps/duckdb. Defines the imported targets DuckDB::C (to link)
# and DuckDB::Headers (to load at run time).
find_path(DUCKDB_INCLUDE_DIR duckdb.h HINTS ENV DUCKDB_DIR PATH_SUFFIXES include)
find_library(DUCKDB_LIBRARY duckdb HINTS ENV DUCKDB_DIR PATH_SUFFIXES lib)
if(NOT DUCKDB_INCLUDE_DIR OR NOT DUCKDB_LIBRARY)
  unset(DUCKDB_INCLUDE_DIR CACHE)
  unset(DUCKDB_LIBRARY CACHE)
  find_path(DUCKDB_INCLUDE_DIR duckdb.h PATHS ${CMAKE_SOURCE_DIR}/.deps/duckdb/include NO_DEFAULT_PATH)
  find_library(DUCKDB_LIBRARY duckdb PATHS ${CMAKE_SOURCE_DIR}/.deps/duckdb/lib NO_DEFAULT_PATH)
endif()
# Asked of the path, which is cached, so that the second configuration answers like the first.
string(FIND "${DUCKDB_LIBRARY}" "${CMAKE_SOURCE_DIR}/.deps/" TSI_DUCKDB_BUNDLED_AT)
if(TSI_DUCKDB_BUNDLED_AT EQUAL 0)
  set(TSI_DUCKDB_BUNDLED TRUE)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DuckDBC
  REQUIRED_VARS DUCKDB_LIBRARY DUCKDB_INCLUDE_DIR
  FAIL_MESSAGE "libduckdb not found: run tools/setup build")
if(DuckDBC_FOUND AND NOT TARGET DuckDB::C)
  add_library(DuckDB::C SHARED IMPORTED)
  set_target_properties(DuckDB::C PROPERTIES
    IMPORTED_LOCATION ${DUCKDB_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${DUCKDB_INCLUDE_DIR})
  # The program itself loads the library when it first needs it (src/catalog/duckdb_api.h).
  add_library(DuckDB::Headers INTERFACE IMPORTED)
  set_target_properties(DuckDB::Headers PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES ${DUCKDB_INCLUDE_DIR}
    INTERFACE_COMPILE_DEFINITIONS TSI_DUCKDB_LIBRARY="${DUCKDB_LIBRARY}")
endif()

# A bundled library is installed beside the program, where its run path finds it.
function(tsi_install_duckdb)
  if(TSI_DUCKDB_BUNDLED)
    install(FILES ${DUCKDB_LIBRARY} DESTINATION lib/ts-indexer)
  endif()
endfunction()
