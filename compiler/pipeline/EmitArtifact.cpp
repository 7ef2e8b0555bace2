//===- EmitArtifact.cpp - The stage emit ----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/EmitArtifact.h"
#include "compiler/artifact/ArtifactWriter.h"
#include "compiler/import/tokenizer/TokenizerImport.h"
#include "compiler/pipeline/ProgramTable.h"
#include "compiler/weights/Pack.h"
#include "compiler/weights/RotaryPhases.h"
#include "runtime/include/swage/cpu_kernel.h"
#include "targets/cpu/Serialize.h"
#include "targets/cpu/dialect/CpuDialect.h"

using namespace mlir;
using namespace swage;

using Clock = std::chrono::steady_clock;

static llvm::Error fail(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static double secondsBetween(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

/// The module's only program with code for CPUs.
static schedule::ProgramOp findProgram(ModuleOp module) {
  for (auto program : module.getOps<schedule::ProgramOp>())
    if (isa<cpu::TargetAttr>(program.getTarget()))
      return program;
  return {};
}

llvm::Expected<ProgramCode> swage::findCode(ModuleOp module) {
  schedule::ProgramOp program = findProgram(module);
  if (!program)
    return fail("the module has no CPU program; was the stage schedule run?");
  auto code =
      module.lookupSymbol<ModuleOp>((program.getSymName() + "_code").str());
  if (!code)
    return fail("the program has no code; was the stage codegen run?");
  llvm::Expected<cpu::Capabilities> capabilities = cpu::Capabilities::parse(
      cast<cpu::TargetAttr>(program.getTarget()).getName());
  if (!capabilities)
    return capabilities.takeError();
  return ProgramCode{code, std::move(*capabilities)};
}

// ---- Code -------------------------------------------------------------------

static llvm::Expected<std::unique_ptr<schema::ExecutableT>>
makeExecutable(const ProgramCode &code, const cpu::CodeSegment &segment,
               const schema::ProgramT &program, uint32_t segmentIndex) {
  auto executable = std::make_unique<schema::ExecutableT>();
  executable->target = code.capabilities.name;
  executable->features.assign(code.capabilities.required.begin(),
                              code.capabilities.required.end());
  executable->abi_version = SWAGE_CPU_KERNEL_ABI_VERSION;
  executable->segment = segmentIndex;
  llvm::StringMap<uint64_t> addresses;
  for (const cpu::KernelAddress &kernel : segment.kernels)
    addresses[kernel.name] = kernel.address;
  for (const auto &kernel : program.kernels) {
    auto address = addresses.find(kernel->name);
    if (address == addresses.end())
      return fail("the linked code has no kernel '" + kernel->name +
                  "'; this is a defect of the compiler");
    executable->addresses.push_back(address->second);
  }
  return executable;
}

// ---- Weights ----------------------------------------------------------------

static std::string printed(Attribute attribute) {
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  return text;
}

/// Describes a packed weight to `inspect`.
static std::unique_ptr<schema::WeightT> describe(schedule::WeightOp op) {
  auto weight = std::make_unique<schema::WeightT>();
  weight->name = op.getSymName().str();
  for (auto part : op.getParts().getAsRange<FlatSymbolRefAttr>())
    weight->sources.push_back(part.getValue().str());
  SmallVector<RankedTensorType> types = op.getPartTypes();
  uint64_t rows = 0;
  for (RankedTensorType type : types)
    rows += type.getDimSize(0);
  weight->shape = {rows};
  if (types.front().getRank() == 2)
    weight->shape.push_back(types.front().getDimSize(1));
  // Row-major vectors are widened to f32 when they are packed.
  bool vector = isa<compression::RowMajorAttr>(op.getLayout());
  Type element = types.front().getElementType();
  llvm::raw_string_ostream os(weight->encoding);
  if (vector)
    os << "f32";
  else
    os << element;
  weight->bits = vector ? 32.0f : float(element.getIntOrFloatBitWidth());
  weight->layout = printed(op.getLayout());
  return weight;
}

static std::unique_ptr<schema::WeightT> describe(schedule::PhasesOp op) {
  auto weight = std::make_unique<schema::WeightT>();
  weight->name = op.getSymName().str();
  uint64_t dims = op.getRope().getDims();
  weight->shape = {uint64_t(op.getStorageBytes()) / (4 * dims), dims};
  weight->encoding = "f32";
  weight->bits = 32;
  weight->layout = printed(op.getRope());
  return weight;
}

/// The weights of `program` in its order, which is the order of first use.
static llvm::Error collectWeights(schedule::ProgramOp program,
                                  const weights::TensorSource &source,
                                  uint32_t segment, schema::ProgramT &table,
                                  artifact::SegmentContent &content) {
  auto add = [&](std::unique_ptr<schema::WeightT> weight,
                 std::unique_ptr<weights::Payload> payload) {
    weight->segment = segment;
    content.weights.push_back({weight.get(), std::move(payload)});
    table.weights.push_back(std::move(weight));
  };
  for (Operation &op : program.getBody().front()) {
    if (auto phases = dyn_cast<schedule::PhasesOp>(op)) {
      add(describe(phases),
          weights::makeRotaryPhases(phases.getRope(), phases.getPositions(),
                                    phases.getStep()));
    } else if (auto weight = dyn_cast<schedule::WeightOp>(op)) {
      SmallVector<StringRef> names;
      for (auto part : weight.getParts().getAsRange<FlatSymbolRefAttr>())
        names.push_back(part.getValue());
      llvm::Expected<std::unique_ptr<weights::Payload>> payload =
          weights::packWeight(source, names, weight.getPartTypes(),
                              weight.getLayout());
      if (!payload)
        return payload.takeError();
      add(describe(weight), std::move(*payload));
    }
  }
  return llvm::Error::success();
}

// ---- Artifact ---------------------------------------------------------------

static void describeModel(ModuleOp module, const CompileOptions &options,
                          schema::ArtifactT &table) {
  auto model =
      module->getAttrOfType<transformer::ModelAttr>("transformer.model");
  table.producer = "swage " SWAGE_VERSION;
  table.architecture = model.getArchitecture().str();
  table.vocab_size = uint32_t(model.getVocabSize());
  table.max_positions = uint32_t(model.getMaxPositions());
  table.bos_token = int32_t(model.getBos());
  table.eos_tokens.assign(model.getEos().begin(), model.getEos().end());
  auto add = [&](StringRef key, StringRef value) {
    auto entry = std::make_unique<schema::MetadataT>();
    entry->key = key.str();
    entry->value = value.str();
    table.metadata.push_back(std::move(entry));
  };
  add("activations", options.activations);
  if (options.randomSeed)
    add("weights", "random:" + std::to_string(*options.randomSeed));
}

/// The tokenizer's bytes; empty if the model has none.
static llvm::Expected<std::vector<uint8_t>>
readTokenizer(const import::ImportedModel &model) {
  if (model.folder.empty())
    return std::vector<uint8_t>();
  llvm::Expected<std::optional<std::vector<uint8_t>>> tokenizer =
      import::importTokenizer(model.folder);
  if (!tokenizer)
    return tokenizer.takeError();
  return tokenizer->value_or(std::vector<uint8_t>());
}

llvm::Error swage::emitArtifact(
    ModuleOp module, const import::ImportedModel &model,
    const CompileOptions &options,
    const std::function<void(const CompileProgress &)> &progress,
    Clock::time_point start, CompileResult &result) {
  schema::ArtifactT table;
  describeModel(module, options, table);
  llvm::Expected<std::vector<uint8_t>> tokenizer = readTokenizer(model);
  if (!tokenizer)
    return tokenizer.takeError();

  llvm::Expected<ProgramCode> code = findCode(module);
  if (!code)
    return code.takeError();
  llvm::Expected<cpu::CodeSegment> image =
      cpu::serialize(code->module, code->capabilities);
  if (!image)
    return image.takeError();
  schedule::ProgramOp program = findProgram(module);
  auto target = cast<schedule::TargetAttrInterface>(program.getTarget());
  table.page_positions = uint32_t(target.getPagePositions());
  std::unique_ptr<schema::ProgramT> programTable = buildProgramTable(program);

  // Code first, then what is small, then the weights.
  std::vector<artifact::SegmentContent> segments;
  segments.push_back({image->elf, {}});
  llvm::Expected<std::unique_ptr<schema::ExecutableT>> executable =
      makeExecutable(*code, *image, *programTable, 0);
  if (!executable)
    return executable.takeError();
  programTable->executables.push_back(std::move(*executable));
  if (!tokenizer->empty()) {
    auto section = std::make_unique<schema::SectionT>();
    section->name = "tokenizer";
    section->segment = uint32_t(segments.size());
    table.sections.push_back(std::move(section));
    segments.push_back(
        {{reinterpret_cast<const char *>(tokenizer->data()), tokenizer->size()},
         {}});
  }
  artifact::SegmentContent packed;
  if (llvm::Error error =
          collectWeights(program, *model.source, uint32_t(segments.size()),
                         *programTable, packed))
    return error;
  segments.push_back(std::move(packed));
  table.programs.push_back(std::move(programTable));

  Clock::time_point packing = Clock::now();
  result.compileSeconds = secondsBetween(start, packing);
  llvm::Expected<artifact::WriteResult> written = artifact::writeArtifact(
      options.output, table, segments, options.threads,
      [&](StringRef name, uint64_t done, uint64_t total) {
        progress({name.str(), done, total});
      });
  if (!written)
    return written.takeError();
  result.weightSeconds = secondsBetween(packing, Clock::now());
  result.codeBytes = image->elf.size();
  result.weightBytes = written->weightBytes;
  result.fileBytes = written->fileBytes;
  return llvm::Error::success();
}
