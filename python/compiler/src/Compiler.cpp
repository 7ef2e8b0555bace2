//===- Compiler.cpp - The extension swage_compiler._compiler --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "swage/compiler.hpp"
#include <cstring>
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;

namespace {

/// A text that may quote a file's names, which may hold any bytes.
nb::object toPython(const char *text) {
  return nb::steal(
      PyUnicode_DecodeUTF8(text, Py_ssize_t(std::strlen(text)), "replace"));
}
template <typename T> const T &toPython(const T &value) { return value; }

/// Functions of Python, called from the compiler's threads. The compiler knows
/// no exceptions, so the first one waits until it is done.
struct Callbacks {
  nb::object progress, diagnostic;
  std::exception_ptr raised;

  template <typename... Ts>
  void call(const nb::object &function, const Ts &...values) {
    nb::gil_scoped_acquire acquire;
    if (function.is_none() || raised)
      return;
    try {
      function(toPython(values)...);
    } catch (...) {
      raised = std::current_exception();
    }
  }
};

using Numbers =
    std::tuple<double, double, uint64_t, uint64_t, uint64_t, uint32_t>;

} // namespace

static const char *codeName(swage_status_code_t code) {
  switch (code) {
  case SWAGE_INVALID_ARGUMENT:
    return "invalid_argument";
  case SWAGE_NOT_FOUND:
    return "not_found";
  default:
    return "unsupported";
  }
}

/// The numbers of a result, or the name of the failure's code.
static std::variant<Numbers, std::string>
compile(const std::string &model, const std::string &output,
        const std::vector<std::string> &targets, const std::string &emit,
        const std::string &activations, const std::string &recipe,
        const std::vector<std::string> &kvCacheTypes,
        std::optional<uint64_t> randomSeed, std::optional<uint32_t> goldens,
        const std::string &stopAfter, const std::string &dumpIr,
        const std::string &report, uint32_t threads, nb::object progress,
        nb::object diagnostic) {
  Callbacks callbacks = {std::move(progress), std::move(diagnostic), nullptr};
  using swage::compiler::detail::orNull, swage::compiler::detail::pointers;
  std::vector<const char *> levels = pointers(targets);
  std::vector<const char *> caches = pointers(kvCacheTypes);
  swage_compile_options_t options = swage_compile_options_default();
  options.model = model.c_str();
  options.output = output.c_str();
  options.targets = levels.data();
  options.target_count = levels.size();
  options.emit = emit.c_str();
  options.activations = activations.c_str();
  options.recipe = recipe.c_str();
  options.kv_cache_types = caches.data();
  options.kv_cache_type_count = caches.size();
  options.random_seed = randomSeed ? &*randomSeed : nullptr;
  options.goldens = goldens ? &*goldens : nullptr;
  options.stop_after = orNull(stopAfter);
  options.dump_ir = orNull(dumpIr);
  options.report = orNull(report);
  options.threads = threads;
  options.self = &callbacks;
  options.progress = [](void *self, const swage_compile_progress_t *report) {
    auto &to = *static_cast<Callbacks *>(self);
    to.call(to.progress, report->what, report->bytes_done, report->bytes_total);
  };
  options.diagnostic = [](void *self, swage_severity_t severity,
                          const char *message) {
    auto &to = *static_cast<Callbacks *>(self);
    to.call(to.diagnostic,
            severity == SWAGE_SEVERITY_ERROR ? "error" : "warning", message);
  };
  swage_compile_result_t result = {};
  result.size = sizeof(result);
  swage_status_code_t code;
  {
    nb::gil_scoped_release release;
    code = swage_compile(&options, &result, nullptr);
  }
  if (callbacks.raised)
    std::rethrow_exception(callbacks.raised);
  if (code)
    return codeName(code);
  return Numbers(result.compile_seconds, result.weight_seconds,
                 result.code_bytes, result.weight_bytes, result.file_bytes,
                 result.goldens);
}

NB_MODULE(_compiler, m) {
  m.doc() = "The compiler of Swage; swage.compile is how to call it.";
  m.attr("version") = swage_compiler_version();
  m.def("compile", &compile, nb::kw_only(), nb::arg("model"), nb::arg("output"),
        nb::arg("targets"), nb::arg("emit"), nb::arg("activations"),
        nb::arg("recipe"), nb::arg("kv_cache_types"),
        nb::arg("random_seed").none(), nb::arg("goldens").none(),
        nb::arg("stop_after"), nb::arg("dump_ir"), nb::arg("report"),
        nb::arg("threads"), nb::arg("progress").none(),
        nb::arg("diagnostic").none(),
        "Compiles; gives seconds for code and weights, bytes of code, weights "
        "and file and the number of goldens, or the name of an error's code.");
}
