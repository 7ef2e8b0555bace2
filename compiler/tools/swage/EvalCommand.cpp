//===- EvalCommand.cpp - swage eval ---------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/WriteFile.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/EvalReport.h"
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
  std::string path, text, reference, html;
  DeviceChoice device;
  PerplexityOptions options;
  bool hasStride = false, perLayer = false, json = false;
};

} // namespace

/// Errors of all layers in the first window: they hardly differ between
/// windows, and each takes every tensor of both models.
static DiffResult compareLayers(const EvalCall &call,
                                const std::vector<int32_t> &ids) {
  DiffSide reference(call.reference, call.device),
      model(call.path, call.device);
  DiffOptions options;
  options.context = call.options.context;
  options.chunk = call.options.chunk;
  options.windows = 1;
  return diff(reference, model, options, ids);
}

static void print(const EvalReport &report, double seconds) {
  const Perplexity &found = report.perplexity;
  llvm::outs() << llvm::format(
      "perplexity %.4f (%.6f nats a token over %llu tokens, %.1f s)\n",
      std::exp(found.nll), found.nll, (unsigned long long)found.predictions,
      seconds);
  if (!report.hasReference())
    return;
  llvm::outs() << llvm::format("reference  %.4f (%.6f nats a token)\n",
                               std::exp(found.divergence.nll),
                               found.divergence.nll)
               << llvm::format("KL         %.6g nats (median %.3g, 99%% below "
                               "%.3g, at most %.3g)\n",
                               report.meanKl(), report.klQuantile(0.5),
                               report.klQuantile(0.99), report.klQuantile(1))
               << llvm::format("top token  the same in %.2f%%\n",
                               100 * report.topAgreement());
  if (!report.layers.tensors.empty())
    printLayers(report.layers);
}

static void run(EvalCall &call) {
  bool llamaCpp = call.options.protocol == PerplexityOptions::LlamaCpp;
  if (llamaCpp && call.hasStride && call.options.stride != call.options.context)
    failCall("protocol llama.cpp has no stride of its own; leave --stride "
             "away");
  if (!call.hasStride)
    call.options.stride = call.options.context;
  if (call.perLayer && call.reference.empty())
    failCall("--per-layer compares with a reference; pass --reference R.swg");
  Model model = loadArtifact(call.path, call.device);
  std::optional<Model> reference;
  if (!call.reference.empty())
    reference = loadArtifact(call.reference, call.device);
  std::vector<int32_t> ids = readTokens(model, call.text);
  if (reference && readTokens(*reference, call.text) != ids)
    failWork(call.path + " and the reference " + call.reference +
             " cut the text into different tokens; a reference is another "
             "artifact of the same model");
  Stopwatch watch;
  EvalReport report = {call.path, call.reference, call.text, {}, {}};
  {
    Progress progress("eval");
    report.perplexity = measurePerplexity(
        model, reference ? &*reference : nullptr, call.options, call.text, ids,
        [&](size_t done, size_t total) {
          progress.update("windows", done, total,
                          std::to_string(done) + " of " +
                              std::to_string(total));
        });
  }
  if (call.perLayer)
    report.layers = compareLayers(call, ids);
  if (!call.html.empty()) {
    if (llvm::Error error = writeFile(
            call.html, [&](llvm::raw_ostream &os) { printHtml(report, os); }))
      failWork(llvm::toString(std::move(error)));
  }
  if (call.json)
    printJson(toJson(report));
  else
    print(report, watch.seconds());
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
  command
      .add_option("--reference", call->reference,
                  "Another artifact of the same model: also measure how far "
                  "predictions are from its")
      ->type_name("R.swg");
  command.add_flag("--per-layer", call->perLayer,
                   "With --reference: the error of what each layer gives to "
                   "the next, in the first window");
  command
      .add_option("--html", call->html, "Also write a page with plots to FILE")
      ->type_name("FILE");
  call->options.session.addTo(command);
  call->device.addTo(command);
  addJsonFlag(command, call->json);
  command.footer("Examples:\n"
                 "  swage eval llama.swg --text wiki.txt\n"
                 "  swage eval llama.swg --text wiki.txt --stride 256\n"
                 "  swage eval llama.swg --text wiki.txt --protocol llama.cpp "
                 "--json\n"
                 "  swage eval llama-q4.swg --text wiki.txt --reference "
                 "llama.swg --per-layer --html q4.html\n"
                 "`nll` is the mean in nats; perplexity is its exponential.");
  command.callback([call, &command] {
    call->hasStride = command.count("--stride") > 0;
    run(*call);
  });
}
