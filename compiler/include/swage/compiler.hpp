//===- compiler.hpp - C++ over compiler.h ---------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Header only, C++17. Needs no header of LLVM or MLIR.
//
//   swage::compiler::Options options;
//   options.model = "path/to/llama";
//   options.output = "llama.swg";
//   std::vector<swage::compiler::Diagnostic> diagnostics;
//   if (!swage::compiler::compile(options, diagnostics))
//     for (const auto &diagnostic : diagnostics)
//       std::cerr << diagnostic.message << '\n';
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_HPP
#define SWAGE_COMPILER_HPP

#include "swage/compiler.h"
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace swage::compiler {

using Progress = swage_compile_progress_t;

struct Diagnostic {
  swage_severity_t severity;
  std::string message;
};

struct Result : swage_compile_result_t {
  Result() : swage_compile_result_t{} { size = sizeof(swage_compile_result_t); }
};

/// Empty fields mean their defaults; compiler.h says what each one is.
struct Options {
  std::string model, output;
  std::vector<std::string> targets;
  std::string emit, activations;
  std::vector<std::string> kvCacheTypes;
  std::optional<uint64_t> randomSeed;
  std::optional<uint32_t> goldens;
  std::string stopAfter, dumpIr;
  std::string recipe, report;
  uint32_t threads = 0;
  /// Called by one thread at a time, not always the caller's.
  std::function<void(const Progress &)> progress;
};

namespace detail {

inline const char *orNull(const std::string &text) {
  return text.empty() ? nullptr : text.c_str();
}

inline std::vector<const char *>
pointers(const std::vector<std::string> &texts) {
  std::vector<const char *> result;
  for (const std::string &text : texts)
    result.push_back(text.c_str());
  return result;
}

/// What the callbacks work on.
struct Call {
  const Options &options;
  std::vector<Diagnostic> &diagnostics;
};

} // namespace detail

/// Compiles. Warnings and errors are appended to `diagnostics`; the result is
/// empty if there is an error among them.
inline std::optional<Result> compile(const Options &options,
                                     std::vector<Diagnostic> &diagnostics) {
  std::vector<const char *> targets = detail::pointers(options.targets);
  std::vector<const char *> caches = detail::pointers(options.kvCacheTypes);
  detail::Call call = {options, diagnostics};
  swage_compile_options_t raw = swage_compile_options_default();
  raw.model = options.model.c_str();
  raw.output = options.output.c_str();
  raw.targets = targets.data();
  raw.target_count = targets.size();
  raw.emit = detail::orNull(options.emit);
  raw.activations = detail::orNull(options.activations);
  raw.kv_cache_types = caches.data();
  raw.kv_cache_type_count = caches.size();
  raw.random_seed = options.randomSeed ? &*options.randomSeed : nullptr;
  raw.goldens = options.goldens ? &*options.goldens : nullptr;
  raw.stop_after = detail::orNull(options.stopAfter);
  raw.dump_ir = detail::orNull(options.dumpIr);
  raw.recipe = detail::orNull(options.recipe);
  raw.report = detail::orNull(options.report);
  raw.threads = options.threads;
  raw.self = &call;
  if (options.progress)
    raw.progress = [](void *self, const swage_compile_progress_t *progress) {
      static_cast<detail::Call *>(self)->options.progress(*progress);
    };
  raw.diagnostic = [](void *self, swage_severity_t severity,
                      const char *message) {
    static_cast<detail::Call *>(self)->diagnostics.push_back(
        {severity, message});
  };
  Result result;
  if (swage_compile(&raw, &result, nullptr))
    return std::nullopt;
  return result;
}

} // namespace swage::compiler

#endif // SWAGE_COMPILER_HPP
