//===- RunCommand.cpp - swage run -----------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/Generate.h"
#include "compiler/tools/swage/TensorRun.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>

using namespace swage;
using namespace swage::cli;

namespace {

struct RunCall {
  std::string path;
  DeviceChoice device;
  std::string prompt, inputs, outputs;
  std::vector<int32_t> tokens;
  bool hasPrompt = false, hasTokens = false, hasCount = false;
  GenerateOptions generate;
  bool json = false;
};

/// Prints text as its characters become complete; without a tokenizer, ids.
class Stream {
public:
  Stream(const Model &model, bool quiet) : quiet(quiet) {
    if (!model.tokenizer)
      return;
    Status status;
    decoder = Decoder::create(*model.tokenizer, SWAGE_DECODE_SKIP_SPECIAL,
                              status.get());
    check(status, model.path + ": tokenizer");
  }

  void push(int32_t token) {
    if (decoder)
      print(decoder->push(token).value_or(std::string_view()));
    else
      print((first ? "" : " ") + std::to_string(token));
    first = false;
  }

  void finish() {
    if (decoder)
      print(decoder->flush().value_or(std::string_view()));
    if (!quiet)
      llvm::outs() << '\n';
    llvm::outs().flush();
  }

  /// What was printed, or null without a tokenizer.
  llvm::json::Value getText() const {
    return decoder ? llvm::json::Value(text) : llvm::json::Value(nullptr);
  }

private:
  void print(std::string_view piece) {
    text += piece;
    if (quiet)
      return;
    llvm::outs() << piece;
    llvm::outs().flush();
  }

  bool quiet, first = true;
  std::optional<Decoder> decoder;
  std::string text;
};

} // namespace

/// The tokens that generation starts from.
static std::vector<int32_t> promptTokens(const RunCall &call,
                                         const Model &model) {
  if (!call.hasPrompt) {
    model.checkTokens(call.tokens, "--tokens");
    return call.tokens;
  }
  Status status;
  std::optional<std::vector<int32_t>> tokens =
      model.needTokenizer("--prompt")
          .encode(call.prompt, SWAGE_ENCODE_ADD_SPECIAL, status.get());
  check(status, "--prompt");
  if (tokens->empty())
    failCall("--prompt gives no token; the model has none that begins a text");
  return *tokens;
}

static void noteSpeed(size_t promptLength, const GenerateResult &result) {
  std::string line;
  llvm::raw_string_ostream os(line);
  os << llvm::format("prompt: %zu tokens, %.1f tokens/s", promptLength,
                     double(promptLength) / result.prefillSeconds);
  if (result.tokens.size() > 1)
    os << llvm::format("; generated: %zu tokens, %.1f tokens/s",
                       result.tokens.size(),
                       double(result.tokens.size() - 1) / result.decodeSeconds);
  note(line);
}

static void run(RunCall &call) {
  int sources = call.hasPrompt + call.hasTokens + !call.inputs.empty();
  if (sources != 1)
    failCall("pass one of --prompt, --tokens and --inputs; found " +
             llvm::Twine(sources));
  if (call.hasTokens && call.tokens.empty())
    failCall("--tokens is empty; pass ids such as --tokens 1,2,3");
  if (!call.inputs.empty() && call.outputs.empty())
    failCall("--inputs needs --outputs F.safetensors, where the results go");

  Model model = loadArtifactOrModel(call.path, call.device);
  Stream stream(model, call.json);
  GenerateResult result;
  TensorInputs inputs;
  if (!call.inputs.empty())
    inputs = readTensorInputs(model, call.inputs);
  else
    inputs = TensorInputs::fromTokens(promptTokens(call, model));
  if (!call.outputs.empty())
    writeResults(model, call.generate, inputs, call.outputs);
  // Logits alone are wanted unless a number of tokens is, too.
  if (call.outputs.empty() || call.hasCount) {
    if (inputs.batch != 1 || !inputs.mask.empty() ||
        !inputs.positions.empty() || !inputs.types.empty())
      failCall("-n continues one text; " + call.inputs +
               " has a batch, a mask, positions or token types");
    if (!call.hasCount && call.generate.context == 0) {
      size_t room =
          model.module.info().max_positions - inputs.tokens.size() + 1;
      if (inputs.tokens.size() <= model.module.info().max_positions)
        call.generate.count = std::min(call.generate.count, room);
    }
    result = generate(model, call.generate, inputs.tokens,
                      [&](int32_t token) { stream.push(token); });
    stream.finish();
    noteSpeed(inputs.tokens.size(), result);
  }
  if (call.json)
    printJson(llvm::json::Object{{"tokens", llvm::json::Array(result.tokens)},
                                 {"text", stream.getText()}});
}

static void addInputs(CLI::App &command, RunCall &call) {
  command
      .add_option("MODEL", call.path,
                  "An artifact, or a model folder or GGUF file, which is "
                  "compiled into the "
                  "user's cache")
      ->required();
  command.add_option("--prompt", call.prompt, "Text to continue")
      ->type_name("TEXT");
  command.add_option("--tokens", call.tokens, "Token ids to continue")
      ->type_name("1,2,3")
      ->delimiter(',');
  command
      .add_option("--inputs", call.inputs,
                  "Tensors input_ids [T] or [B, T], and optionally "
                  "attention_mask, position_ids and, where the model has them, "
                  "token_type_ids, in I32 or I64")
      ->type_name("F.safetensors");
  command
      .add_option("--outputs", call.outputs,
                  "Where the results go: logits F32 [T, V] or [B, T, V], of "
                  "classifiers [L] or [B, L]; of encoders also "
                  "last_hidden_state and pooler_output")
      ->type_name("F.safetensors");
  command.add_option("-n", call.generate.count, "Tokens to generate")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 30))
      ->capture_default_str();
  command.add_flag("--ignore-eos", call.generate.ignoreEos,
                   "Go on after end-of-text: exactly N tokens come");
}

static void addSession(CLI::App &command, RunCall &call) {
  call.device.addTo(command);
  command
      .add_option("--entry", call.generate.entryPoint,
                  "Entry point (default: forward, or the only one)")
      ->type_name("E");
  command
      .add_option("--context", call.generate.context,
                  "Positions of the session (default: as many as needed)")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 30));
  command
      .add_option("--kv-cache", call.generate.kvCache,
                  "One of the artifact's cache types (default: its first)")
      ->type_name("TYPE");
  addJsonFlag(command, call.json);
}

static void addSampling(CLI::App &command, RunCall &call) {
  swage_sampler_options_t &s = call.generate.sampling;
  command.add_option("--temperature", s.temperature, "0: the likeliest token")
      ->type_name("F")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command.add_option("--top-k", s.top_k, "Of the K likeliest; 0: off")
      ->type_name("K");
  command.add_option("--top-p", s.top_p, "Of the likeliest with sum P; 0: off")
      ->type_name("P")
      ->check(CLI::Range(0.0, 1.0));
  command
      .add_option("--min-p", s.min_p,
                  "Of those at least P times as likely as the first; 0: off")
      ->type_name("P")
      ->check(CLI::Range(0.0, 1.0));
  command
      .add_option("--repetition-penalty", s.repetition_penalty,
                  "Above 1: tokens that occurred become less likely")
      ->type_name("F")
      ->check(CLI::PositiveNumber);
  command.add_option("--seed", s.seed, "Of the random numbers")
      ->type_name("N")
      ->capture_default_str();
}

void cli::addRunCommand(CLI::App &app) {
  auto call = std::make_shared<RunCall>();
  CLI::App &command = *app.add_subcommand("run", "Generate text with a model");
  addInputs(command, *call);
  addSession(command, *call);
  addSampling(command, *call);
  command.footer(
      "Examples:\n"
      "  swage run llama.swg --prompt \"Once upon a time\" -n 100\n"
      "  swage run llama/ --prompt \"Once\" --temperature 0.8 --top-p 0.95 "
      "--seed 7\n"
      "  swage run llama.swg --tokens 1,2,3 -n 32 --ignore-eos --json\n"
      "  swage run llama.swg --inputs ids.safetensors --outputs "
      "logits.safetensors\n"
      "Text goes to stdout as it comes, speed to stderr.");
  command.callback([call, &command] {
    call->hasPrompt = command.count("--prompt") > 0;
    call->hasTokens = command.count("--tokens") > 0;
    call->hasCount = command.count("-n") > 0;
    run(*call);
  });
}
