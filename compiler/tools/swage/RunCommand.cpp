//===- RunCommand.cpp - swage run -----------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Chat.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/Generate.h"
#include "compiler/tools/swage/TensorRun.h"
#include "compiler/tools/swage/TextStream.h"
#include "compiler/tools/swage/TokenInput.h"
#include "compiler/tools/swage/Validators.h"
#include <CLI/CLI.hpp>

using namespace swage;
using namespace swage::cli;

namespace {

struct RunCall {
  std::string path;
  DeviceChoice device;
  std::string prompt, system, tokenText, inputs, outputs;
  std::vector<int32_t> tokens;
  bool hasPrompt = false, hasSystem = false, hasTokens = false,
       hasCount = false;
  GenerateOptions generate;
  bool chat = false, json = false, verbose = false, noCache = false;
};

} // namespace

/// The conversation that the call begins.
static Conversation beginChat(const RunCall &call, const Model &model) {
  Conversation conversation(model);
  if (call.hasSystem)
    conversation.add("system", call.system);
  return conversation;
}

/// The tokens that generation starts from.
static std::vector<int32_t> promptTokens(const RunCall &call,
                                         const Model &model) {
  if (call.hasTokens) {
    model.checkTokens(call.tokens, "--tokens");
    return call.tokens;
  }
  if (call.chat) {
    Conversation conversation = beginChat(call, model);
    conversation.add("user", call.prompt);
    return conversation.tokens();
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

static void checkSources(const RunCall &call) {
  int sources = call.hasPrompt + call.hasTokens + !call.inputs.empty();
  if (call.chat && (call.hasTokens || !call.inputs.empty()))
    failCall("--chat takes messages; pass them as --prompt or line by line on "
             "stdin, without --tokens and --inputs");
  if (call.chat && !call.hasPrompt && (call.json || !call.outputs.empty()))
    failCall("--json and --outputs with --chat need one message; pass it as "
             "--prompt");
  if (call.hasSystem && !call.chat)
    failCall("--system is a message of a conversation; pass --chat with it");
  if (sources != 1 && !(call.chat && sources == 0))
    failCall("pass one of --prompt, --tokens and --inputs; found " +
             llvm::Twine(sources));
  if (!call.inputs.empty() && call.outputs.empty())
    failCall("--inputs needs --outputs F.safetensors, where the results go");
}

/// Continues the one text of `inputs` and prints what comes.
static void continueText(RunCall &call, const Model &model,
                         const TensorInputs &inputs) {
  if (inputs.batch != 1 || !inputs.mask.empty() || !inputs.positions.empty() ||
      !inputs.types.empty())
    failCall("-n continues one text; " + call.inputs +
             " has a batch, a mask, positions or token types");
  size_t positions = model.module.info().max_positions;
  if (!call.hasCount && call.generate.context == 0 &&
      inputs.tokens.size() <= positions)
    call.generate.count =
        std::min(call.generate.count, positions - inputs.tokens.size() + 1);
  TextStream stream(model, call.json);
  GenerateResult result = generate(model, call.generate, inputs.tokens,
                                   [&](int32_t token) { stream.push(token); });
  stream.finish();
  noteSpeed(result);
  if (call.json) {
    const std::string *text = stream.getText();
    printJson(llvm::json::Object{{"tokens", llvm::json::Array(result.tokens)},
                                 {"text", text ? llvm::json::Value(*text)
                                               : llvm::json::Value(nullptr)}});
  }
}

static void run(RunCall &call) {
  checkSources(call);
  if (call.hasTokens)
    call.tokens = parseTokens(call.tokenText);
  Model model = loadArtifactOrModel(call.path, call.device, !call.noCache);
  if (call.verbose)
    note(llvm::Twine("running ") + model.module.info().target + " on " +
         model.device.name() + ", " + llvm::Twine(model.device.threads()) +
         " threads");
  if (call.chat && !call.hasPrompt)
    return chat(model, call.generate, beginChat(call, model));
  TensorInputs inputs =
      call.inputs.empty() ? TensorInputs::fromTokens(promptTokens(call, model))
                          : readTensorInputs(model, call.inputs);
  if (!call.outputs.empty())
    writeResults(model, call.generate, inputs, call.outputs);
  // Results alone are wanted unless a number of tokens is, too.
  if (call.outputs.empty() || call.hasCount)
    continueText(call, model, inputs);
  else if (call.json)
    printJson(llvm::json::Object{{"tokens", llvm::json::Array()},
                                 {"text", model.tokenizer
                                              ? llvm::json::Value("")
                                              : llvm::json::Value(nullptr)}});
}

static void addInputs(CLI::App &command, RunCall &call) {
  command
      .add_option("MODEL", call.path,
                  "An artifact, or a model folder or GGUF file, which is "
                  "compiled into the "
                  "user's cache")
      ->required();
  command
      .add_option("--prompt", call.prompt,
                  "Text to continue; with --chat, a message to answer")
      ->type_name("TEXT");
  command.add_flag("--chat", call.chat,
                   "Write messages with the model's chat template and stop "
                   "where its turn ends; without --prompt, each line of stdin "
                   "is a message of one conversation");
  command
      .add_option("--system", call.system,
                  "With --chat: the message that tells the model what it is")
      ->type_name("TEXT");
  command.add_option("--tokens", call.tokenText, "Token ids to continue")
      ->type_name("1,2,3");
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
  call.generate.session.addTo(command);
  command.add_flag("--no-cache", call.noCache,
                   "Compile a model anew and keep nothing of it; swage cache "
                   "shows what is kept");
  command
      .add_option("--context", call.generate.context,
                  "Positions of the session (default: as many as needed)")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 30));
  addJsonFlag(command, call.json);
  command.add_flag("-v,--verbose", call.verbose,
                   "Say which of the artifact's targets runs, on what");
}

static void addSampling(CLI::App &command, RunCall &call) {
  swage_sampler_options_t &s = call.generate.sampling;
  command.add_option("--temperature", s.temperature, "0: the likeliest token")
      ->type_name("F")
      ->check(numberFrom(0, 1e6))
      ->capture_default_str();
  command.add_option("--top-k", s.top_k, "Of the K likeliest; 0: off")
      ->type_name("K");
  command.add_option("--top-p", s.top_p, "Of the likeliest with sum P; 0: off")
      ->type_name("P")
      ->check(numberFrom(0, 1));
  command
      .add_option("--min-p", s.min_p,
                  "Of those at least P times as likely as the first; 0: off")
      ->type_name("P")
      ->check(numberFrom(0, 1));
  command
      .add_option("--repetition-penalty", s.repetition_penalty,
                  "Above 1: tokens that occurred become less likely")
      ->type_name("F")
      ->check(numberFrom(1e-6, 1e6));
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
      "  swage run llama.swg --chat --system \"Answer briefly.\" --prompt "
      "\"Why is the sky blue?\"\n"
      "  swage run llama.swg --chat                        # a conversation\n"
      "  swage run llama.swg --tokens 1,2,3 -n 32 --ignore-eos --json\n"
      "  swage run llama.swg --inputs ids.safetensors --outputs "
      "logits.safetensors\n"
      "Text goes to stdout as it comes, speed to stderr.");
  command.callback([call, &command] {
    call->hasPrompt = command.count("--prompt") > 0;
    call->hasSystem = command.count("--system") > 0;
    call->hasTokens = command.count("--tokens") > 0;
    call->hasCount = command.count("-n") > 0;
    run(*call);
  });
}
