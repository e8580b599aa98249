# ctest tests that are not test programs: layers, format, tools, NEON, the installed copy, examples.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(noyau_check name)
  add_test(NAME check.${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  # 77 says that what the check needs is not installed.
  set_tests_properties(check.${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()

# noyau_consumer(NAME SOURCE_DIR COMMAND...): configures and builds SOURCE_DIR as a project of its
# own against the installed copy, then runs COMMAND in its build folder.
function(noyau_consumer name source)
  set(binary ${CMAKE_BINARY_DIR}/install-test/${name})
  add_test(
    NAME install.${name}
    COMMAND ${CMAKE_CTEST_COMMAND} --build-and-test ${source} ${binary}
            --build-generator ${CMAKE_GENERATOR} --build-makeprogram ${CMAKE_MAKE_PROGRAM}
            --build-options -DCMAKE_PREFIX_PATH=${NOYAU_TEST_PREFIX}
            -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}
            "-DCMAKE_CXX_FLAGS=${CMAKE_CXX_FLAGS}"
            "-DCMAKE_EXE_LINKER_FLAGS=${CMAKE_EXE_LINKER_FLAGS}"
            --test-command ${ARGN})
  set_tests_properties(install.${name} PROPERTIES FIXTURES_REQUIRED noyau_installed)
endfunction()

function(noyau_checks)
  noyau_check(layers ${Python3_EXECUTABLE} tools/check_layers.py)
  noyau_check(format tools/check_format.sh)
  noyau_check(neon_compiles tools/check_neon.sh "-D${NOYAU_AARCH64_DEFINITION}")
  noyau_check(architecture_docs ${Python3_EXECUTABLE} tools/architecture_docs.py --check
              $<TARGET_FILE:noyau_cli>)
  file(GLOB scripts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/tools/*_test.py)
  foreach(script IN LISTS scripts)
    cmake_path(GET script STEM name)
    noyau_check(tools.${name} ${Python3_EXECUTABLE} ${script})
  endforeach()

  set(NOYAU_TEST_PREFIX ${CMAKE_BINARY_DIR}/install-test/prefix)
  add_test(NAME install.prefix COMMAND ${CMAKE_COMMAND} --install ${CMAKE_BINARY_DIR} --prefix
                                       ${NOYAU_TEST_PREFIX})
  set_tests_properties(install.prefix PROPERTIES FIXTURES_SETUP noyau_installed)
  noyau_consumer(consumer ${PROJECT_SOURCE_DIR}/tests/install/consumer ./consumer)
  foreach(example IN ITEMS train_mnist custom_net)
    noyau_consumer(${example} ${PROJECT_SOURCE_DIR}/examples ./${example}
                   ${PROJECT_SOURCE_DIR}/data/fashion-mnist-sample 8)
  endforeach()
endfunction()
