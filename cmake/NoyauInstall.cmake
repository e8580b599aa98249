# noyau_install(): the archive, include/noyau and what find_package(noyau) reads.
include(CMakePackageConfigHelpers)

function(noyau_install)
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/noyau)
  install(TARGETS noyau EXPORT noyau-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/noyau DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
          FILES_MATCHING PATTERN "*.hpp")
  install(EXPORT noyau-targets NAMESPACE noyau:: DESTINATION ${package_dir})
  configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/noyau-config.cmake.in ${CMAKE_BINARY_DIR}/noyau-config.cmake
    INSTALL_DESTINATION ${package_dir})
  # Before 1.0 a new minor version may change the interface.
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/noyau-config-version.cmake
                                   COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/noyau-config.cmake
                ${CMAKE_BINARY_DIR}/noyau-config-version.cmake
                ${PROJECT_SOURCE_DIR}/cmake/NoyauPackages.cmake
          DESTINATION ${package_dir})
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
endfunction()
