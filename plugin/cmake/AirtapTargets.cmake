# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One library a folder, one function to declare it: sources are every *.cc of the folder, and the
# libraries it names are the only folders it may include from (tests/unit/include_arrows_test
# checks the text as well).

# missing-field-initializers: gcc counts members that have a default in the class.
add_library(airtap_plain_flags INTERFACE)
target_include_directories(airtap_plain_flags INTERFACE ${PROJECT_SOURCE_DIR}/plugin
                                                  ${PROJECT_BINARY_DIR}/plugin)
target_compile_options(
  airtap_plain_flags
  INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion
            -Wno-missing-field-initializers -Wnon-virtual-dtor
            -Woverloaded-virtual -Werror -fstack-protector-strong>)
target_compile_definitions(airtap_plain_flags INTERFACE AIRTAP_VERSION="${PROJECT_VERSION}"
                                                  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
# What everything is built with that can carry a sanitizer.
add_library(airtap_flags INTERFACE)
target_link_libraries(airtap_flags INTERFACE airtap_plain_flags)
if(AIRTAP_SANITIZE)
  target_compile_options(airtap_flags INTERFACE -fsanitize=address,undefined
                                                -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(airtap_flags INTERFACE -fsanitize=address,undefined)
endif()
if(AIRTAP_FUZZ)
  target_compile_options(airtap_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# airtap_library(kernel model PkgConfig::NL ...): plugin/kernel as library airtap_kernel. A bare name
# is a folder of plugin/.
function(airtap_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_library(airtap_${name} STATIC ${sources})
  target_link_libraries(airtap_${name} PUBLIC airtap_flags)
  foreach(dependency IN LISTS ARGN)
    if(dependency MATCHES "^[a-z]+$")
      target_link_libraries(airtap_${name} PUBLIC airtap_${dependency})
    else()
      target_link_libraries(airtap_${name} PUBLIC ${dependency})
    endif()
  endforeach()
endfunction()
