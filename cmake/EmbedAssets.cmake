# Puts text files into the binary, so that noyau needs no file beside itself. Generated sources lie
# in the build folder only.
#
# The explain room: Chart.js from the Debian package libjs-chart.js, and the style, script and licence
# text of src/explain/assets/. The api room: recipes and studies.

find_file(NOYAU_CHART_JS chart.min.js PATHS /usr/share/javascript/chart.js
          /usr/share/nodejs/chart.js/dist NO_CMAKE_FIND_ROOT_PATH)
if(NOT NOYAU_CHART_JS)
  message(FATAL_ERROR "chart.min.js was not found: install libjs-chart.js, or set NOYAU_CHART_JS "
                      "to the file (Chart.js 3.x, UMD build)")
endif()

# Appends to `output` the definition of NAME, a string_view of the file's bytes.
function(noyau_append_asset output name file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} bytes HEX)
  string(REPEAT "[0-9a-f]" 64 line)
  string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${bytes}")
  string(REPLACE "\n" "\"\n\"" bytes "${bytes}")
  string(APPEND ${output} "static constexpr char ${name}_bytes[] =\n\"${bytes}\";\n"
         "constinit const std::string_view ${name}{${name}_bytes, sizeof(${name}_bytes) - 1};\n")
  set(${output} "${${output}}" PARENT_SCOPE)
endfunction()

function(noyau_embed_report_assets)
  set(assets ${PROJECT_SOURCE_DIR}/src/explain/assets)
  set(source "#include \"explain/assets.hpp\"\n\nnamespace noyau::explain {\n")
  noyau_append_asset(source kChartJs ${NOYAU_CHART_JS})
  noyau_append_asset(source kChartJsLicence ${assets}/chart_js_licence.txt)
  noyau_append_asset(source kReportCss ${assets}/report.css)
  noyau_append_asset(source kReportJs ${assets}/report.js)
  string(APPEND source "}  // namespace noyau::explain\n")
  set(generated ${PROJECT_BINARY_DIR}/generated/report_assets.cpp)
  file(GENERATE OUTPUT ${generated} CONTENT "${source}")
  target_sources(noyau_explain PRIVATE ${generated})
endfunction()

# noyau_embed_texts(SYMBOL FOLDER NAME...): api::SYMBOL, the texts of src/api/FOLDER/NAME.toml in that
# order (api/embedded.hpp).
function(noyau_embed_texts symbol folder)
  set(source "#include \"api/embedded.hpp\"\n\nnamespace noyau::api {\n")
  set(rows "")
  foreach(name IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "${name}" identifier)
    noyau_append_asset(source text_${identifier} ${PROJECT_SOURCE_DIR}/src/api/${folder}/${name}.toml)
    string(APPEND rows "  {\"${name}\", text_${identifier}},\n")
  endforeach()
  string(APPEND source "static constinit const EmbeddedText rows[] = {\n${rows}};\n"
         "constinit const std::span<const EmbeddedText> ${symbol}{rows};\n}  // namespace noyau::api\n")
  set(generated ${PROJECT_BINARY_DIR}/generated/${folder}.cpp)
  file(GENERATE OUTPUT ${generated} CONTENT "${source}")
  target_sources(noyau_api PRIVATE ${generated})
endfunction()
