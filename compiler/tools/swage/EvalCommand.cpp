//===- EvalCommand.cpp - swage eval ---------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/Perplexity.h"
#include "compiler/tools/swage/TokenInput.h"
#include "compiler/tools/swage/Validators.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>
#include <cmath>
#include <map>

using namespace swage;
using namespace swage::cli;

namespace {

struct EvalCall {
  std::string path, text;
  DeviceChoice device;
  PerplexityOptions options;
  bool hasStride = false, json = false;
};

} // namespace

static void run(EvalCall &call) {
  bool llamaCpp = call.options.protocol == PerplexityOptions::LlamaCpp;
  if (llamaCpp && call.hasStride && call.options.stride != call.options.context)
    failCall("protocol llama.cpp has no stride of its own; leave --stride "
             "away");
  if (!call.hasStride)
    call.options.stride = call.options.context;
  Model model = loadArtifact(call.path, call.device);
  std::vector<int32_t> ids = readTokens(model, call.text);
  Stopwatch watch;
  Perplexity result;
  {
    Progress progress("eval");
    result = measurePerplexity(model, call.options, call.text, std::move(ids),
                               [&](size_t done, size_t total) {
                                 progress.update("windows", done, total,
                                                 std::to_string(done) + " of " +
                                                     std::to_string(total));
                               });
  }
  double perplexity = std::exp(result.nll);
  if (call.json)
    printJson(llvm::json::Object{{"tokens", int64_t(result.predictions)},
                                 {"nll", result.nll},
                                 {"perplexity", perplexity}});
  else
    llvm::outs() << llvm::format(
        "perplexity %.4f (%.6f nats a token over %llu tokens, %.1f s)\n",
        perplexity, result.nll, (unsigned long long)result.predictions,
        watch.seconds());
}

void cli::addEvalCommand(CLI::App &app) {
  static const std::map<std::string, PerplexityOptions::Protocol> protocols = {
      {"windows", PerplexityOptions::Windows},
      {"llama.cpp", PerplexityOptions::LlamaCpp}};
  auto call = std::make_shared<EvalCall>();
  CLI::App &command =
      *app.add_subcommand("eval", "Measure a model's perplexity on a text");
  command.add_option("FILE.swg", call->path, "The artifact")->required();
  command.add_option("--text", call->text, "The text, in UTF-8")
      ->type_name("FILE")
      ->required();
  command.add_option("--context", call->options.context, "Ids in a window")
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--stride", call->options.stride,
                  "Ids from window to window (default: the context)")
      ->type_name("N");
  command
      .add_option("--chunk", call->options.chunk,
                  "Tokens in one call of forward; results do not depend on it "
                  "(default: all of a window)")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 20));
  command
      .add_option("--protocol", call->options.protocol,
                  "windows: every prediction in a window counts; llama.cpp: "
                  "those of its second half, behind begin-of-text (default: "
                  "windows)")
      ->type_name("NAME")
      ->transform(oneOf(protocols));
  call->options.session.addTo(command);
  call->device.addTo(command);
  addJsonFlag(command, call->json);
  command.footer("Examples:\n"
                 "  swage eval llama.swg --text wiki.txt\n"
                 "  swage eval llama.swg --text wiki.txt --stride 256\n"
                 "  swage eval llama.swg --text wiki.txt --protocol llama.cpp "
                 "--json\n"
                 "`nll` is the mean in nats; perplexity is its exponential.");
  command.callback([call, &command] {
    call->hasStride = command.count("--stride") > 0;
    run(*call);
  });
}
