# SPDX-License-Identifier: LGPL-2.1-or-later
add_fuzzer(packet base)
target_sources(fuzz_packet PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/../datapath/cases.cc
                                   ${CMAKE_CURRENT_SOURCE_DIR}/../datapath/user_world.cc
                                   ${CMAKE_CURRENT_SOURCE_DIR}/../datapath/frames.cc)
target_include_directories(fuzz_packet PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/..)
