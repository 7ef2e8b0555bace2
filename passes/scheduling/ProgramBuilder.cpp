//===- ProgramBuilder.cpp - What the variants of a program share ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/scheduling/ProgramBuilder.h"
#include "dialects/compression/Compression.h"
#include "mlir/IR/IRMapping.h"
#include "passes/scheduling/KernelNames.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace swage;
using namespace swage;
namespace tf = swage::transformer;

ProgramBuilder::ProgramBuilder(ModuleOp module,
                               schedule::TargetAttrInterface target,
                               ArrayRef<schedule::TargetAttrInterface> levels)
    : module(module), targetAttr(target),
      modelAttr(module->getAttrOfType<tf::ModelAttr>("transformer.model")) {
  auto builder = OpBuilder::atBlockEnd(module.getBody());
  SmallVector<Attribute> levelAttrs(levels.begin(), levels.end());
  programOp = schedule::ProgramOp::create(
      builder, module.getLoc(), target.getDevice(), target,
      levels.empty() ? ArrayAttr() : builder.getArrayAttr(levelAttrs),
      /*sym_visibility=*/StringAttr());
  programOp.getBody().emplaceBlock();
}

OpBuilder ProgramBuilder::declarationBuilder() {
  Block &body = programOp.getBody().front();
  auto entries = body.getOps<schedule::EntryPointOp>();
  return entries.empty() ? OpBuilder::atBlockEnd(&body)
                         : OpBuilder(*entries.begin());
}

std::string ProgramBuilder::uniqueName(StringRef base) {
  unsigned count = names[base]++;
  return count == 0 ? base.str() : (base + "_" + Twine(count + 1)).str();
}

schedule::EntryPointOp ProgramBuilder::entryPoint(StringRef name) {
  schedule::EntryPointOp &entry = entryPoints[name];
  if (!entry) {
    auto builder = OpBuilder::atBlockEnd(&programOp.getBody().front());
    entry = schedule::EntryPointOp::create(builder, programOp.getLoc(),
                                           uniqueName(name),
                                           /*whole_sequences=*/false,
                                           /*sym_visibility=*/StringAttr());
    entry.getBody().emplaceBlock();
  }
  return entry;
}

FailureOr<FlatSymbolRefAttr> ProgramBuilder::weight(ValueRange parts,
                                                    Attribute layout) {
  OpBuilder builder = declarationBuilder();
  SmallVector<Attribute> symbols, types;
  for (Value part : parts) {
    auto get = part.getDefiningOp<tf::GetWeightOp>();
    if (!get) {
      emitError(part.getLoc(), "is multiplied with rows but is no weight of "
                               "the model; only weights can be packed");
      return failure();
    }
    symbols.push_back(get.getWeightAttr());
    types.push_back(TypeAttr::get(part.getType()));
  }
  ArrayAttr symbolsAttr = builder.getArrayAttr(symbols);
  FlatSymbolRefAttr &symbol = weights[{symbolsAttr, layout}];
  if (!symbol) {
    // The first part's name stands for all: q_proj for q, k and v.
    std::string name =
        uniqueName(cast<FlatSymbolRefAttr>(symbols.front()).getValue());
    schedule::WeightOp::create(builder, parts.front().getLoc(), name,
                               symbolsAttr, layout, builder.getArrayAttr(types),
                               /*sym_visibility=*/StringAttr());
    symbol = FlatSymbolRefAttr::get(builder.getContext(), name);
  }
  return symbol;
}

FlatSymbolRefAttr ProgramBuilder::phases(tf::RopeAttr rope) {
  FlatSymbolRefAttr &symbol = tables[rope];
  if (!symbol) {
    OpBuilder builder = declarationBuilder();
    std::string name = uniqueName("rope_phases");
    schedule::PhasesOp::create(builder, programOp.getLoc(), name, rope,
                               modelAttr.getMaxPositions(),
                               targetAttr.getPhaseStep(),
                               /*sym_visibility=*/StringAttr());
    symbol = FlatSymbolRefAttr::get(builder.getContext(), name);
  }
  return symbol;
}

/// Fills the kernel's body with `op`, taking its operands as block arguments.
static void buildBody(schedule::KernelOp kernel, Operation *op) {
  Block &body = kernel.getBody().emplaceBlock();
  auto builder = OpBuilder::atBlockEnd(&body);
  IRMapping mapping;
  auto takeArgument = [&](Value value) {
    if (!mapping.contains(value))
      mapping.map(value, body.addArgument(value.getType(), kernel.getLoc()));
  };
  for (Value operand : op->getOperands()) {
    auto split = operand.getDefiningOp<tf::SplitOp>();
    if (!split) {
      takeArgument(operand);
    } else if (!mapping.contains(operand)) {
      takeArgument(split.getInput());
      builder.clone(*split, mapping);
    }
  }
  Operation *computed = builder.clone(*op, mapping);
  computed->setLoc(kernel.getLoc());
  schedule::YieldOp::create(builder, kernel.getLoc(), computed->getResults());
}

schedule::KernelOp ProgramBuilder::kernel(Operation *op,
                                          schedule::RowVariant variant) {
  if (!dependsOnVariant(op))
    variant = schedule::RowVariant::Many;
  OpBuilder builder = declarationBuilder();
  // A kernel belongs to no layer, so it has no layer's location.
  auto kernel = schedule::KernelOp::create(builder, builder.getUnknownLoc(),
                                           "kernel", variant,
                                           /*sym_visibility=*/StringAttr());
  buildBody(kernel, op);
  std::string key;
  llvm::raw_string_ostream os(key);
  kernel->print(os, OpPrintingFlags().useLocalScope().enableDebugInfo(false));
  schedule::KernelOp &known = kernels[key];
  if (known) {
    kernel->erase();
    return known;
  }
  kernel.setSymName(uniqueName(kernelName(op, variant)));
  known = kernel;
  return known;
}
