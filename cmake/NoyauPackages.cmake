# The libraries that the archive noyau links. The build includes this file, and so does the installed
# noyau-config.cmake, so that both ask for the same.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
# Each becomes a target PkgConfig::NAME; a project may look for them more than once.
foreach(module IN ITEMS hwy=libhwy jpeg=libjpeg spng=spng webp=libwebp)
  string(REPLACE "=" ";" module "${module}")
  list(GET module 0 noyau_name)
  list(GET module 1 noyau_pc)
  if(NOT TARGET PkgConfig::${noyau_name})
    pkg_check_modules(${noyau_name} REQUIRED IMPORTED_TARGET GLOBAL ${noyau_pc})
  endif()
endforeach()
set(noyau_link_libraries fmt::fmt Threads::Threads ZLIB::ZLIB PkgConfig::hwy PkgConfig::jpeg
                         PkgConfig::spng PkgConfig::webp)
if(NOYAU_FETCH)
  if(NOT TARGET PkgConfig::curl)
    pkg_check_modules(curl REQUIRED IMPORTED_TARGET GLOBAL libcurl)
  endif()
  list(APPEND noyau_link_libraries PkgConfig::curl)
endif()
