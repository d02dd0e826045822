// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/bpf_datapath_log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <vector>

namespace airtap {
namespace {

constexpr std::size_t tail_lines = 6;

thread_local std::string* current = nullptr;

int keep(libbpf_print_level level, const char* format, va_list arguments) {
  if (!current || level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, arguments);
  // clang-tidy 14 does not follow va_copy.
  const int size =
      std::vsnprintf(nullptr, 0, format, again);  // NOLINT(clang-analyzer-valist.Uninitialized)
  va_end(again);
  if (size <= 0) return 0;
  std::vector<char> line(static_cast<std::size_t>(size) + 1);
  std::vsnprintf(line.data(), line.size(), format, arguments);
  current->append(line.data());
  return size;
}

}  // namespace

LibbpfLog::LibbpfLog() {
  static const libbpf_print_fn_t installed = libbpf_set_print(keep);
  static_cast<void>(installed);
  current = &text_;
}

LibbpfLog::~LibbpfLog() { current = nullptr; }

std::string LibbpfLog::tail() const {
  std::string joined;
  std::size_t end = text_.find_last_not_of('\n');
  for (std::size_t lines = 0; lines < tail_lines && end != std::string::npos; ++lines) {
    const std::size_t newline = text_.rfind('\n', end);
    const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
    joined.insert(0, text_.substr(begin, end - begin + 1) + (joined.empty() ? "" : " | "));
    if (newline == std::string::npos) break;
    end = text_.find_last_not_of('\n', newline);
  }
  return joined.empty() ? joined : " [" + joined + "]";
}

}  // namespace airtap
