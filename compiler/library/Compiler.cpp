//===- Compiler.cpp - The compiler behind a C interface -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "swage/compiler.h"
#include "compiler/pipeline/Compile.h"
#include "runtime/support/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include <algorithm>
#include <cstring>

using namespace swage;

namespace {

/// One call of swage_compile.
class Call {
public:
  Call(const swage_compile_options_t &given, swage_status_t *status)
      : given(given), status(status) {}

  swage_status_code_t run(swage_compile_result_t *result);

private:
  swage_status_code_t fail(swage_status_code_t code, llvm::Error error);
  void report(swage_severity_t severity, const std::string &message) const {
    if (given.diagnostic)
      given.diagnostic(given.self, severity, message.c_str());
  }

  const swage_compile_options_t &given;
  swage_status_t *status;
};

} // namespace

swage_status_code_t Call::fail(swage_status_code_t code, llvm::Error error) {
  std::string message = llvm::toString(std::move(error));
  report(SWAGE_SEVERITY_ERROR, message);
  return swage::fail(status, code, "%s", message.c_str());
}

swage_status_code_t Call::run(swage_compile_result_t *result) {
  if (!given.model || !given.output)
    return fail(SWAGE_INVALID_ARGUMENT,
                llvm::createStringError(given.model ? "have no output"
                                                    : "have no model"));
  CompileOptions options;
  options.model = given.model;
  options.output = given.output;
  if (given.target_count)
    options.targets.assign(given.targets, given.targets + given.target_count);
  if (given.emit) {
    llvm::Expected<Emit> emit = parseEmit(given.emit);
    if (!emit)
      return fail(SWAGE_INVALID_ARGUMENT, emit.takeError());
    options.emit = *emit;
  }
  if (given.recipe)
    options.recipe = given.recipe;
  if (given.report)
    options.report = given.report;
  if (given.activations)
    options.activations = given.activations;
  options.kvCache.assign(given.kv_cache_types,
                         given.kv_cache_types + given.kv_cache_type_count);
  if (given.random_seed)
    options.randomSeed = *given.random_seed;
  if (given.stop_after)
    options.stopAfter = given.stop_after;
  if (given.dump_ir)
    options.dumpIrDirectory = given.dump_ir;
  if (given.goldens)
    options.goldens = *given.goldens;
  options.threads = given.threads;
  if (llvm::Error error = checkOptions(options))
    return fail(SWAGE_INVALID_ARGUMENT, std::move(error));
  if (!llvm::sys::fs::exists(options.model))
    return fail(SWAGE_NOT_FOUND,
                llvm::createStringError("there is no '" + options.model + "'"));

  llvm::Expected<CompileResult> compiled =
      compile(options, [&](const CompileProgress &progress) {
        swage_compile_progress_t out = {
            progress.what.c_str(), progress.bytesDone, progress.bytesTotal};
        if (given.progress)
          given.progress(given.self, &out);
      });
  if (!compiled)
    return fail(SWAGE_UNSUPPORTED, compiled.takeError());
  for (const std::string &warning : compiled->warnings)
    report(SWAGE_SEVERITY_WARNING, warning);
  if (result) {
    swage_compile_result_t all = {
        result->size,        compiled->compileSeconds, compiled->weightSeconds,
        compiled->codeBytes, compiled->weightBytes,    compiled->fileBytes,
        compiled->goldens};
    memcpy(result, &all, std::min(result->size, sizeof(all)));
  }
  return succeed(status);
}

swage_status_code_t swage_compile(const swage_compile_options_t *options,
                                  swage_compile_result_t *out_result,
                                  swage_status_t *status) {
  if (!options)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no options");
  swage_compile_options_t given;
  if (swage_status_code_t code =
          readOptions(options, "compile options", given, status))
    return code;
  if (out_result && out_result->size < sizeof(size_t))
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have a result of size %zu, require the structure's, %zu",
                out_result->size, sizeof(*out_result));
  return Call(given, status).run(out_result);
}

const char *swage_compiler_version(void) { return SWAGE_VERSION; }
