# SPDX-License-Identifier: LGPL-2.1-or-later
#
# plugin/datapath/airtap.bpf.c -> airtap.bpf.o -> datapath/airtap.skel.h (in the build tree, on the
# include path of every library). No vmlinux.h and no CO-RE: the programs use the uapi only.
find_program(AIRTAP_BPF_CLANG NAMES clang clang-19 clang-16 clang-14 REQUIRED)
find_program(AIRTAP_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)

set(bpf_source ${PROJECT_SOURCE_DIR}/plugin/datapath)
set(bpf_binary ${PROJECT_BINARY_DIR}/plugin/datapath)
file(GLOB bpf_headers CONFIGURE_DEPENDS ${bpf_source}/*.h)
file(MAKE_DIRECTORY ${bpf_binary})

# where Debian keeps asm/types.h; other distributions have it in /usr/include
set(bpf_include)
if(CMAKE_LIBRARY_ARCHITECTURE)
  set(bpf_include -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE})
endif()

# -g: BTF, for the map definitions. The prefix map keeps the build path out of it.
add_custom_command(
  OUTPUT ${bpf_binary}/airtap.bpf.o
  COMMAND ${AIRTAP_BPF_CLANG} -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Werror
          -fdebug-prefix-map=${PROJECT_SOURCE_DIR}=. ${bpf_include} -c ${bpf_source}/airtap.bpf.c
          -o ${bpf_binary}/airtap.bpf.o
  DEPENDS ${bpf_source}/airtap.bpf.c ${bpf_headers}
  VERBATIM)
add_custom_command(
  OUTPUT ${bpf_binary}/airtap.skel.h
  COMMAND ${AIRTAP_BPFTOOL} gen skeleton ${bpf_binary}/airtap.bpf.o name airtap_bpf >
          ${bpf_binary}/airtap.skel.h
  DEPENDS ${bpf_binary}/airtap.bpf.o)

target_sources(airtap_kernel PRIVATE ${bpf_binary}/airtap.skel.h)
# the generated header is not ours to make free of warnings
target_include_directories(airtap_kernel SYSTEM PRIVATE ${bpf_binary})
