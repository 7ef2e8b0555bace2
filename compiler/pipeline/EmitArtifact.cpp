//===- EmitArtifact.cpp - The stage emit ----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/EmitArtifact.h"
#include "compiler/pipeline/ProgramTable.h"
#include "compiler/pipeline/StaticLibrary.h"
#include "compiler/weights/Pack.h"
#include "compiler/weights/RotaryPhases.h"
#include "runtime/include/swage/cpu_kernel.h"
#include "targets/cpu/Serialize.h"
#include "targets/cpu/dialect/CpuDialect.h"
#include "targets/cpu/dialect/Passes.h"
#include "llvm/Support/Path.h"
#include <thread>

using namespace mlir;
using namespace swage;

static llvm::Error fail(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// The module's only program with code for CPUs.
static schedule::ProgramOp findProgram(ModuleOp module) {
  for (auto program : module.getOps<schedule::ProgramOp>())
    if (isa<cpu::TargetAttr>(program.getTarget()))
      return program;
  return {};
}

llvm::Expected<std::vector<ProgramCode>> swage::findCode(ModuleOp module) {
  schedule::ProgramOp program = findProgram(module);
  if (!program)
    return fail("the module has no CPU program; was the stage schedule run?");
  std::vector<ProgramCode> levels;
  for (auto [level, target] : llvm::enumerate(program.getAllTargets())) {
    auto code = module.lookupSymbol<ModuleOp>(cpu::codeName(program, level));
    if (!code)
      return fail("the program has no code; was the stage codegen run?");
    llvm::Expected<cpu::Capabilities> capabilities =
        cpu::Capabilities::parse(cast<cpu::TargetAttr>(target).getName());
    if (!capabilities)
      return capabilities.takeError();
    levels.push_back({code, std::move(*capabilities)});
  }
  return levels;
}

// ---- Code -------------------------------------------------------------------

artifact::Executable swage::describeExecutable(const ProgramCode &code) {
  artifact::Executable executable;
  executable.target = code.capabilities.name;
  executable.features.assign(code.capabilities.required.begin(),
                             code.capabilities.required.end());
  executable.abiVersion = SWAGE_CPU_KERNEL_ABI_VERSION;
  return executable;
}

static llvm::Expected<artifact::Executable>
makeExecutable(const ProgramCode &code, const artifact::Program &program) {
  llvm::Expected<cpu::CodeSegment> image =
      cpu::serialize(code.module, code.capabilities);
  if (!image)
    return image.takeError();
  artifact::Executable executable = describeExecutable(code);
  executable.code.assign(image->elf.begin(), image->elf.end());
  llvm::StringMap<uint64_t> addresses;
  for (const cpu::KernelAddress &kernel : image->kernels)
    addresses[kernel.name] = kernel.address;
  for (const std::string &kernel : program.kernels) {
    auto address = addresses.find(kernel);
    if (address == addresses.end())
      return fail("the linked code has no kernel '" + kernel +
                  "'; this is a defect of the compiler");
    executable.addresses.push_back(address->second);
  }
  return executable;
}

// ---- Weights ----------------------------------------------------------------

template <typename T> static std::string printed(T typeOrAttribute) {
  std::string text;
  llvm::raw_string_ostream(text) << typeOrAttribute;
  return text;
}

/// Describes a packed weight to `inspect`.
static artifact::Weight describe(schedule::WeightOp op) {
  artifact::Weight weight;
  weight.name = op.getSymName().str();
  auto module = op->getParentOfType<ModuleOp>();
  for (auto part : op.getParts().getAsRange<FlatSymbolRefAttr>()) {
    // A part may be a view of a tensor, which may be that of several parts.
    auto declared = module.lookupSymbol<transformer::WeightOp>(part.getValue());
    StringRef tensor = part.getValue();
    if (declared && declared.getSource())
      tensor = *declared.getSource();
    if (!llvm::is_contained(weight.sources, tensor))
      weight.sources.push_back(tensor.str());
  }
  SmallVector<RankedTensorType> types = op.getPartTypes();
  uint64_t rows = 0;
  for (auto [part, type] :
       llvm::zip(op.getParts().getAsRange<FlatSymbolRefAttr>(), types)) {
    weight.parts.push_back(
        {part.getValue().str(), uint64_t(type.getDimSize(0))});
    rows += weight.parts.back().rows;
  }
  weight.shape = {rows};
  if (types.front().getRank() == 2)
    weight.shape.push_back(types.front().getDimSize(1));
  // Row-major vectors are widened to f32 when they are packed.
  Type element = isa<compression::RowMajorAttr>(op.getLayout())
                     ? Float32Type::get(op.getContext())
                     : types.front().getElementType();
  weight.encoding = printed(element);
  weight.bits = float(compression::getStorageBits(element));
  weight.layout = printed(op.getLayout());
  return weight;
}

static artifact::Weight describe(schedule::PhasesOp op) {
  artifact::Weight weight;
  weight.name = op.getSymName().str();
  uint64_t dims = op.getRope().getDims();
  weight.shape = {uint64_t(op.getStorageBytes()) / (4 * dims), dims};
  weight.encoding = "f32";
  weight.bits = 32;
  weight.layout = printed(op.getRope());
  return weight;
}

/// The weights of `program` in its order, which is the order of first use.
static llvm::Error collectWeights(schedule::ProgramOp program,
                                  const weights::TensorSource &source,
                                  artifact::Program &table) {
  for (Operation &op : program.getBody().front()) {
    if (auto phases = dyn_cast<schedule::PhasesOp>(op)) {
      table.weights.push_back(describe(phases));
      table.weights.back().payload = weights::makeRotaryPhases(
          phases.getRope(), phases.getPositions(), phases.getStep());
    } else if (auto weight = dyn_cast<schedule::WeightOp>(op)) {
      SmallVector<StringRef> names;
      for (auto part : weight.getParts().getAsRange<FlatSymbolRefAttr>())
        names.push_back(part.getValue());
      llvm::Expected<std::unique_ptr<weights::Payload>> payload =
          weights::packWeight(source, names, weight.getPartTypes(),
                              weight.getLayout());
      if (!payload)
        return payload.takeError();
      table.weights.push_back(describe(weight));
      table.weights.back().payload = std::move(*payload);
    }
  }
  return llvm::Error::success();
}

// ---- Artifact ---------------------------------------------------------------

static void describeModel(ModuleOp module, const CompileOptions &options,
                          artifact::Artifact &table) {
  auto model =
      module->getAttrOfType<transformer::ModelAttr>("transformer.model");
  table.producer = "swage " SWAGE_VERSION;
  table.architecture = model.getArchitecture().str();
  table.vocabSize = uint32_t(model.getVocabSize());
  table.maxPositions = uint32_t(model.getMaxPositions());
  table.tokenTypes = uint32_t(model.getTokenTypes());
  table.bosToken = int32_t(model.getBos());
  table.eosTokens.assign(model.getEos().begin(), model.getEos().end());
  table.metadata.push_back({"activations", options.activations});
  if (options.recipe != "none")
    table.metadata.push_back(
        {"recipe", llvm::sys::path::filename(options.recipe).str()});
  if (options.randomSeed)
    table.metadata.push_back(
        {"weights", "random:" + std::to_string(*options.randomSeed)});
}

llvm::Expected<artifact::Artifact>
swage::buildArtifact(ModuleOp module, const import::ImportedModel &model,
                     const CompileOptions &options, StaticLibrary *library) {
  artifact::Artifact table;
  describeModel(module, options, table);
  if (!model.tokenizer.empty())
    table.sections.push_back({"tokenizer", model.tokenizer});

  llvm::Expected<std::vector<ProgramCode>> levels = findCode(module);
  if (!levels)
    return levels.takeError();
  schedule::ProgramOp program = findProgram(module);
  table.pagePositions =
      uint32_t(cast<schedule::TargetAttrInterface>(program.getTarget())
                   .getPagePositions());
  llvm::Expected<artifact::Program> programTable = buildProgramTable(program);
  if (!programTable)
    return programTable.takeError();
  for (const ProgramCode &code : *levels) {
    llvm::Expected<artifact::Executable> executable =
        library ? library->addExecutable(code, *programTable)
                : makeExecutable(code, *programTable);
    if (!executable)
      return executable.takeError();
    programTable->executables.push_back(std::move(*executable));
  }
  if (llvm::Error error = collectWeights(program, *model.source, *programTable))
    return error;
  table.programs.push_back(std::move(*programTable));
  return table;
}

uint64_t swage::countWeightBytes(const artifact::Artifact &artifact) {
  uint64_t bytes = 0;
  for (const artifact::Program &program : artifact.programs)
    for (const artifact::Weight &weight : program.weights)
      bytes += weight.payload->getSize();
  return bytes;
}

uint64_t swage::countCodeBytes(const artifact::Artifact &artifact) {
  uint64_t bytes = 0;
  for (const artifact::Program &program : artifact.programs)
    for (const artifact::Executable &executable : program.executables)
      bytes += executable.code.size();
  return bytes;
}

unsigned swage::countThreads(const CompileOptions &options) {
  return options.threads ? options.threads
                         : std::max(1u, std::thread::hardware_concurrency());
}
