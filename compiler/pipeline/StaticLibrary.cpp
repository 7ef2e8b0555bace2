//===- StaticLibrary.cpp - Models to link into programs -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/StaticLibrary.h"
#include "targets/cpu/Serialize.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace swage;

/// The name as a C identifier: what is no letter or digit becomes '_'.
static std::string toIdentifier(StringRef name) {
  std::string identifier = isDigit(name.front()) ? "_" : "";
  for (char c : name)
    identifier += isAlnum(c) ? c : '_';
  return identifier;
}

Expected<StaticLibrary>
StaticLibrary::create(StringRef path, ArrayRef<cpu::Capabilities> targets) {
  StaticLibrary result;
  result.path = path.str();
  StringRef name = sys::path::stem(path);
  name.consume_front("lib");
  if (sys::path::extension(path) != ".a" || name.empty())
    return createStringError("'" + path +
                             "' cannot name a static library and its header; "
                             "pass -o libNAME.a, which comes with NAME.h");
  result.name = name.str();
  result.identifier = toIdentifier(name);
  result.archive.model.symbol = result.identifier + "_model";
  Triple::ArchType arch = Triple(targets.front().triple).getArch();
  for (const cpu::Capabilities &target : targets)
    if (Triple(target.triple).getArch() != arch)
      return createStringError(
          "targets '" + targets.front().name + "' and '" + target.name +
          "' are of different architectures, and a program is of one; write a "
          "static library for each");
  result.archive.model.machine =
      arch == Triple::aarch64 ? ELF::EM_AARCH64 : ELF::EM_X86_64;
  return result;
}

Expected<artifact::Executable>
StaticLibrary::addExecutable(const ProgramCode &code,
                             const artifact::Program &program) {
  std::string table =
      identifier + "_kernels" + std::to_string(archive.kernels.size());
  Expected<SmallVector<char, 0>> object = cpu::emitLinkedObject(
      code.module, code.capabilities, program.kernels, table);
  if (!object)
    return object.takeError();
  archive.model.kernelTables.push_back(std::move(table));
  archive.model.kernelCount = program.kernels.size();
  archive.kernels.emplace_back(object->begin(), object->end());
  artifact::Executable executable = describeExecutable(code);
  executable.addresses.resize(program.kernels.size());
  return executable;
}

uint64_t StaticLibrary::codeBytes() const {
  uint64_t bytes = 0;
  for (const std::vector<uint8_t> &object : archive.kernels)
    bytes += object.size();
  return bytes;
}

/// A C string literal.
static std::string quoted(StringRef text) {
  std::string literal;
  raw_string_ostream os(literal);
  os << '"';
  os.write_escaped(text, /*UseHexEscapes=*/false) << '"';
  return literal;
}

std::string StaticLibrary::makeHeader(const artifact::Artifact &table) const {
  std::string upper = StringRef(identifier).upper(), text;
  raw_string_ostream os(text);
  os << formatv("/* {0}.h - the model in lib{0}.a, compiled by {1}.\n"
                " *\n"
                " * Link that archive and the runtime of Swage; no file is "
                "needed when the program\n"
                " * runs. */\n",
                name, table.producer);
  os << formatv(
      "#ifndef {0}_H\n#define {0}_H\n\n#include \"swage/linked.h\"\n\n", upper);
  os << formatv("#define {0}_ARCHITECTURE {1}\n", upper,
                quoted(table.architecture));
  os << "/* Processors that it runs on, best first. */\n";
  std::vector<std::string> targets;
  const artifact::Program &program = table.programs.front();
  for (const artifact::Executable &executable : program.executables)
    targets.push_back(quoted(executable.target));
  os << formatv("#define {0}_TARGETS {1}\n", upper, join(targets, ", "));
  os << "/* Names for swage_session_options_t.entry_point. */\n";
  for (const artifact::EntryPoint &entry : program.entryPoints)
    os << formatv("#define {0}_ENTRY_POINT_{1} {2}\n", upper,
                  StringRef(toIdentifier(entry.name)).upper(),
                  quoted(entry.name));
  os << formatv(
      "\nenum {{\n  {0}_VOCAB_SIZE = {1},\n"
      "  {0}_MAX_POSITIONS = {2}, /* the longest sequence */\n"
      "  {0}_TOKEN_TYPES = {3},   /* 0: tokens have none */\n"
      "  {0}_BOS_TOKEN = {4},     /* -1: there is none */\n"
      "  {0}_EOS_TOKEN = {5}      /* the first; -1: there is none */\n"
      "};\n",
      upper, table.vocabSize, table.maxPositions, table.tokenTypes,
      table.bosToken, table.eosTokens.empty() ? -1 : table.eosTokens.front());
  os << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  os << formatv(
      "extern const swage_linked_model_t {0}_model;\n\n"
      "/* Makes the module; see swage_module_create_linked. */\n"
      "static inline swage_status_code_t\n"
      "{0}_create(swage_device_t *device, swage_module_t **out_module,"
      "\n    swage_status_t *status) {{\n"
      "  return swage_module_create_linked(device, &{0}_model, "
      "out_module, status);\n}\n",
      identifier);
  os << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return text;
}

Error StaticLibrary::write(const artifact::Artifact &artifact,
                           const artifact::WriteOptions &options) {
  SmallString<128> header(sys::path::parent_path(path));
  sys::path::append(header, name + ".h");
  Expected<artifact::OutputFile> file =
      artifact::writeModelArchive(path, artifact, std::move(archive), options);
  if (!file)
    return file.takeError();
  return artifact::commitTogether(std::move(*file), header,
                                  makeHeader(artifact));
}
