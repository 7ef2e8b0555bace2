//===- KernelNames.cpp - Names that say what a kernel computes ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/scheduling/KernelNames.h"
#include "dialects/compression/Compression.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace swage;
namespace tf = swage::transformer;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static void appendElement(llvm::raw_ostream &os, Value value) {
  os << '_' << compression::getShortName(typeOf(value).getElementType());
}

static void appendLinear(llvm::raw_ostream &os, tf::LinearOp op) {
  os << "_k" << typeOf(op.getInput()).getDimSize(1) << "_n";
  llvm::interleave(
      op.getWeights(), os, [&](Value w) { os << typeOf(w).getDimSize(0); },
      "x");
  appendElement(os, op.getWeights().front());
  appendElement(os, op.getInput());
  appendElement(os, op.getResult());
  if (!op.getBiases().empty())
    os << "_bias";
  if (op.getGated())
    os << "_gated";
  if (std::optional<tf::Activation> function = op.getActivation())
    os << '_' << tf::stringifyActivation(*function);
  if (op.getResidual())
    os << "_residual";
  if (op.getSoftCap())
    os << "_cap";
}

/// Columns, element type and whether rows are selected.
static void appendRows(llvm::raw_ostream &os, Operation *op, Value rows) {
  os << "_c" << typeOf(op->getResult(0)).getDimSize(1);
  appendElement(os, op->getResult(0));
  if (rows)
    os << "_rows";
}

static void appendAttention(llvm::raw_ostream &os, tf::AttentionOp op) {
  tf::CacheType cache = op.getCache().getType();
  os << "_h" << op.getNumHeads() << "_kv" << cache.getNumKvHeads() << "_d"
     << cache.getHeadDim() << '_'
     << tf::CacheType::getNameOf(cache.getElement());
  appendElement(os, op.getResult());
  if (std::optional<tf::RopeAttr> rope = op.getRope())
    os << "_rope" << rope->getDims();
  if (op.getRope() && op.getRope()->getNumLengthClasses() > 1)
    os << "x" << op.getRope()->getNumLengthClasses();
  if (std::optional<uint64_t> window = op.getWindow())
    os << "_window" << *window;
  if (op.getSoftCap())
    os << "_cap";
  if (!op.getCausal())
    os << "_full";
}

static void appendGroupedLinear(llvm::raw_ostream &os, tf::GroupedLinearOp op) {
  os << "_e" << typeOf(op.getGroups()).getDimSize(0) << "_top" << op.getTopK()
     << "_k" << typeOf(op.getInput()).getDimSize(1) << "_n"
     << typeOf(op.getResult()).getDimSize(1);
  appendElement(os, op.getWeights().front());
  appendElement(os, op.getInput());
  appendElement(os, op.getResult());
  if (std::optional<tf::Activation> function = op.getActivation())
    os << "_gated_" << tf::stringifyActivation(*function);
  if (op.getScatter())
    os << "_scatter";
}

bool swage::dependsOnVariant(Operation *op) {
  return isa<tf::LinearOp, tf::AttentionOp, tf::GroupedLinearOp>(op);
}

std::string swage::kernelName(Operation *op, schedule::RowVariant variant) {
  std::string name;
  llvm::raw_string_ostream os(name);
  os << op->getName().stripDialect();
  if (dependsOnVariant(op))
    os << '_' << schedule::stringifyRowVariant(variant);
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](tf::LinearOp op) { appendLinear(os, op); })
      .Case([&](tf::AttentionOp op) { appendAttention(os, op); })
      .Case([&](tf::GroupedLinearOp op) { appendGroupedLinear(os, op); })
      .Case([&](tf::RouteOp op) {
        os << "_e" << typeOf(op.getLogits()).getDimSize(1) << "_top"
           << op.getTopK();
      })
      .Case([&](tf::CombineOp op) {
        os << "_top" << typeOf(op.getWeights()).getDimSize(1) << "_c"
           << typeOf(op.getInput()).getDimSize(1);
        if (op.getResidual())
          os << "_residual";
      })
      .Case([&](tf::EmbeddingOp op) {
        os << "_v" << typeOf(op.getTable()).getDimSize(0) << "_c"
           << typeOf(op.getTable()).getDimSize(1);
        appendElement(os, op.getTable());
        if (op.getTypes())
          os << "_types";
        if (op.getBatch())
          os << "_positions";
      })
      .Case([&](tf::RmsNormOp op) {
        appendRows(os, op, op.getRows());
        int64_t group = typeOf(op.getWeight()).getDimSize(0);
        if (group != typeOf(op.getInput()).getDimSize(1))
          os << "_group" << group;
        if (op.getResidual())
          os << "_residual";
      })
      .Case([&](tf::LayerNormOp op) { appendRows(os, op, op.getRows()); })
      .Case<tf::SelectRowsOp, tf::FirstRowsOp, compression::QuantizeOp,
            compression::PermuteColumnsOp, arith::AddFOp, arith::ExtFOp,
            arith::TruncFOp>([&](Operation *op) { appendRows(os, op, {}); });
  return name;
}
