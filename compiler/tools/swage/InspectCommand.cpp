//===- InspectCommand.cpp - swage inspect ---------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/golden/Golden.h"
#include "compiler/tools/swage/ArtifactView.h"
#include "compiler/tools/swage/Command.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/InspectProgram.h"
#include "swage/swage.hpp"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>

using namespace swage;
using namespace swage::cli;
using llvm::json::Array;
using llvm::json::Object;

static Object headerToJson(const ArtifactView &view) {
  const schema::Header &header = view.header();
  return Object{{"schema_version", header.version},
                {"file_bytes", int64_t(header.fileSize)},
                {"table_offset", int64_t(header.tableOffset)},
                {"table_bytes", int64_t(header.tableSize)},
                {"segments", int64_t(view.table().segments()->size())}};
}

/// The executable that this machine would run, or why there is none.
static Object pickToJson(const std::string &path) {
  Status status;
  DeviceOptions options;
  options.threads = 1;
  Device device = Device::open(options, status);
  Module module = Module::load(device, path.c_str(), status);
  if (!status)
    return Object{{"target", nullptr},
                  {"reason", std::string(status.message())}};
  return Object{{"target", std::string(module.info().target)},
                {"device", std::string(device.name())}};
}

/// The prompts that `swage verify` replays; null without any.
static llvm::json::Value goldensToJson(const ArtifactView &view) {
  llvm::ArrayRef<uint8_t> section = view.sectionBytes(golden::kSection);
  if (section.empty())
    return nullptr;
  Array prompts;
  for (const golden::Golden &golden : check(golden::decode(section))) {
    Array results;
    for (const golden::Result &result : golden.results)
      results.push_back(result.name);
    prompts.push_back(Object{{"entry_point", golden.entryPoint},
                             {"tokens", Array(golden.tokens)},
                             {"results", std::move(results)}});
  }
  return Object{{"prompts", std::move(prompts)}};
}

static Object toJson(const ArtifactView &view) {
  const schema::Artifact &table = view.table();
  Array programs, weights, sections, eosTokens;
  for (const schema::Program *program : *table.programs()) {
    programs.push_back(programToJson(*program, table));
    for (llvm::json::Value &weight : weightsToJson(*program))
      weights.push_back(std::move(weight));
  }
  if (table.sections())
    for (const schema::Section *section : *table.sections())
      sections.push_back(Object{
          {"name", text(section->name())},
          {"bytes",
           section->segment() < table.segments()->size()
               ? int64_t(table.segments()->Get(section->segment())->size())
               : 0}});
  Object metadata;
  if (table.metadata())
    for (const schema::Metadata *entry : *table.metadata())
      metadata[text(entry->key())] = text(entry->value());
  if (table.eos_tokens())
    for (int32_t token : *table.eos_tokens())
      eosTokens.push_back(token);
  return Object{{"header", headerToJson(view)},
                {"producer", text(table.producer())},
                {"architecture", text(table.architecture())},
                {"vocab_size", int64_t(table.vocab_size())},
                {"max_positions", int64_t(table.max_positions())},
                {"page_positions", int64_t(table.page_positions())},
                {"bos_token", table.bos_token()},
                {"eos_tokens", std::move(eosTokens)},
                {"programs", std::move(programs)},
                {"weights", std::move(weights)},
                {"sections", std::move(sections)},
                {"goldens", goldensToJson(view)},
                {"metadata", std::move(metadata)}};
}

/// The object's member as text, whatever its type.
static std::string member(const Object &object, llvm::StringRef key) {
  const llvm::json::Value *value = object.get(key);
  if (!value)
    return "";
  if (auto string = value->getAsString())
    return string->str();
  std::string printed;
  llvm::raw_string_ostream(printed) << *value;
  return printed;
}

static void printProgram(const Object &program) {
  llvm::raw_ostream &os = llvm::outs();
  for (const auto &executable : *program.getArray("executables")) {
    const Object &object = *executable.getAsObject();
    os << "executable   " << member(object, "target") << ", "
       << formatBytes(*object.getInteger("code_bytes")) << ", kernel ABI "
       << member(object, "abi_version") << ", needs "
       << member(object, "features") << '\n';
  }
  for (const auto &kernel : *program.getArray("kernels"))
    os << "kernel       " << *kernel.getAsString() << '\n';
  for (const auto &entry : *program.getArray("entry_points"))
    for (const auto &value : *entry.getAsObject()->getArray("variants")) {
      const Object &variant = *value.getAsObject();
      os << "variant      " << member(*entry.getAsObject(), "name") << ", rows "
         << member(variant, "min_rows") << " to "
         << (variant.getInteger("max_rows") == 4294967295
                 ? "any number"
                 : member(variant, "max_rows"))
         << ", cache " << member(variant, "kv_cache") << ", "
         << variant.getArray("commands")->size() << " commands, "
         << variant.getArray("buffers")->size() << " buffers\n";
      for (const auto &command : *variant.getArray("commands")) {
        const Object &object = *command.getAsObject();
        if (object.get("barrier")) {
          os << "  barrier\n";
          continue;
        }
        os << "  " << member(object, "dispatch") << " <"
           << member(object, "grid") << ">";
        for (const auto &binding : *object.getArray("bindings"))
          os << ' ' << member(*binding.getAsObject(), "buffer");
        os << '\n';
      }
    }
}

static void printForPeople(const std::string &path, const Object &artifact) {
  llvm::raw_ostream &os = llvm::outs();
  const Object &header = *artifact.getObject("header");
  os << "artifact     " << path << ", "
     << formatBytes(*header.getInteger("file_bytes")) << ", schema version "
     << member(header, "schema_version") << ", table "
     << formatBytes(*header.getInteger("table_bytes")) << '\n'
     << "producer     " << member(artifact, "producer") << '\n'
     << "architecture " << member(artifact, "architecture") << ", vocabulary "
     << member(artifact, "vocab_size") << ", "
     << member(artifact, "max_positions") << " positions in pages of "
     << member(artifact, "page_positions") << '\n'
     << "tokens       begin-of-text " << member(artifact, "bos_token")
     << ", end-of-text " << member(artifact, "eos_tokens") << '\n';
  for (const auto &[key, value] : *artifact.getObject("metadata"))
    os << "metadata     " << key << ": " << *value.getAsString() << '\n';
  for (const auto &section : *artifact.getArray("sections"))
    os << "section      " << member(*section.getAsObject(), "name") << ", "
       << formatBytes(*section.getAsObject()->getInteger("bytes")) << '\n';
  const Object &pick = *artifact.getObject("here");
  os << "here         "
     << (pick.getString("target")
             ? member(pick, "target") + " on " + member(pick, "device")
             : "none: " + member(pick, "reason"))
     << '\n';
  for (const auto &program : *artifact.getArray("programs"))
    printProgram(*program.getAsObject());
  uint64_t total = 0;
  for (const auto &weight : *artifact.getArray("weights")) {
    const Object &object = *weight.getAsObject();
    total += *object.getInteger("bytes");
    os << "weight       " << member(object, "name") << ' '
       << member(object, "shape") << ' ' << member(object, "encoding") << ' '
       << member(object, "layout") << ", " << member(object, "bits")
       << " bits, " << formatBytes(*object.getInteger("bytes")) << '\n';
  }
  os << "weights      " << formatBytes(total) << " in all\n";
}

void cli::addInspectCommand(CLI::App &app) {
  struct InspectCall {
    std::string path;
    bool json = false;
  };
  auto call = std::make_shared<InspectCall>();
  CLI::App &command =
      *app.add_subcommand("inspect", "Print what an artifact holds");
  command.add_option("FILE.swg", call->path, "The artifact, for any target")
      ->required();
  addJsonFlag(command, call->json);
  command.footer("Examples:\n"
                 "  swage inspect llama.swg\n"
                 "  swage inspect llama.swg --json\n"
                 "The line `here` names the code that this machine would run. "
                 "None is run, so\nthe artifact may be for another machine.");
  command.callback([call] {
    ArtifactView view(call->path);
    Object artifact = toJson(view);
    artifact["here"] = pickToJson(call->path);
    if (call->json)
      printJson(std::move(artifact));
    else
      printForPeople(call->path, artifact);
  });
}
