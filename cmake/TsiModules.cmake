# tsi_module(name DEPS modules... LIBS libraries...): src/<name>/*.c (less main.c) as static library tsi_<name>.
# SQL files of a module are embedded as NUL-terminated strings, one symbol a file (see tsi_embed).
function(tsi_module name)
  cmake_parse_arguments(M "" "" "DEPS;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
  list(FILTER sources EXCLUDE REGEX "/main\\.c$")
  set(deps ${M_DEPS})
  list(TRANSFORM deps PREPEND tsi_)
  if(sources)
    add_library(tsi_${name} STATIC ${sources})
    target_link_libraries(tsi_${name} PUBLIC ${deps} PRIVATE tsi_flags PUBLIC ${M_LIBS})
    file(GLOB sql CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.sql)
    foreach(f ${sql})
      tsi_embed(tsi_${name} ${f})
    endforeach()
  else()
    add_library(tsi_${name} INTERFACE)
    target_link_libraries(tsi_${name} INTERFACE ${deps} ${M_LIBS})
  endif()
endfunction()

# foo/bar.sql becomes `const char sql_bar[]`, so that SQL lives in .sql files and the program stays one binary.
function(tsi_embed target file)
  get_filename_component(stem ${file} NAME_WE)
  string(MAKE_C_IDENTIFIER ${stem} symbol)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embed/${target}_${stem}.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_SOURCE_DIR}/tools/embed sql_${symbol} ${file} ${out}
    DEPENDS ${file} ${CMAKE_SOURCE_DIR}/tools/embed)
  target_sources(${target} PRIVATE ${out})
endfunction()

# Man page and completions, written by the program itself: there is one declaration of its commands.
function(tsi_install_documents)
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/documents)
  install(CODE "
    file(MAKE_DIRECTORY ${dir})
    foreach(one \"help;--man;ts-indexer.1\" \"completions;bash;ts-indexer.bash\"
                \"completions;zsh;_ts-indexer\" \"completions;fish;ts-indexer.fish\")
      list(GET one 0 command)
      list(GET one 1 argument)
      list(GET one 2 file)
      execute_process(COMMAND $<TARGET_FILE:ts-indexer> \${command} \${argument}
        OUTPUT_FILE ${dir}/\${file} RESULT_VARIABLE result)
      if(result)
        message(FATAL_ERROR \"ts-indexer \${command} \${argument} failed\")
      endif()
    endforeach()")
  install(FILES ${dir}/ts-indexer.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${dir}/ts-indexer.bash RENAME ts-indexer
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${dir}/_ts-indexer DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${dir}/ts-indexer.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endfunction()
