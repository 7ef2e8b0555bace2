//===- VariantBuilder.cpp - From a function to commands -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/scheduling/VariantBuilder.h"
#include "passes/Support.h"
#include "passes/scheduling/KernelNames.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace swage;
using namespace swage;
namespace tf = swage::transformer;
using Symbol = schedule::ScheduleDialect::SizeSymbol;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static int64_t bytesPerElement(Type type) {
  return type.getIntOrFloatBitWidth() / 8;
}

/// The layer's name for profiles: the innermost name of the location.
static std::string layerName(Operation *op) {
  Location loc = op->getLoc();
  if (auto fused = dyn_cast<FusedLoc>(loc))
    if (!fused.getLocations().empty())
      loc = fused.getLocations().front();
  if (auto named = dyn_cast<NameLoc>(loc))
    return named.getName().str();
  return op->getName().stripDialect().str();
}

VariantBuilder::VariantBuilder(ProgramBuilder &program, func::FuncOp function)
    : program(program), function(function),
      variantAttr(
          function->getAttrOfType<schedule::VariantAttr>(kVariantAttrName)),
      builder(function.getContext()), buffers(function.getContext()) {
  auto entry = program.entryPoint(variantAttr.getEntry());
  builder.setInsertionPointToEnd(&entry.getBody().front());
  auto variant = schedule::VariantOp::create(
      builder, function.getLoc(), variantAttr.getRows(), variantAttr.getCache(),
      variantAttr.getMin(), variantAttr.getMax());
  builder.setInsertionPointToEnd(&variant.getBody().emplaceBlock());
  buffers.setInsertionPointToStart(builder.getInsertionBlock());
}

AffineExpr VariantBuilder::symbol(unsigned which) const {
  return getAffineSymbolExpr(which, builder.getContext());
}

AffineMapAttr VariantBuilder::map(AffineExpr expression) const {
  return AffineMapAttr::get(
      AffineMap::get(0, Symbol::NumSymbols,
                     simplifyAffineExpr(expression, 0, Symbol::NumSymbols)));
}

// ---- Buffers ----------------------------------------------------------------

void VariantBuilder::buildArguments() {
  AffineExpr rows = symbol(Symbol::Rows), sequences = symbol(Symbol::Sequences),
             logitRows = symbol(Symbol::LogitRows),
             stride = symbol(Symbol::TableStride);
  auto type = schedule::BufferType::get(builder.getContext());
  bool sawTokens = false;
  for (BlockArgument argument : function.getArguments()) {
    Location loc = argument.getLoc();
    if (isa<tf::BatchType>(argument.getType())) {
      AffineExpr entries =
          (sequences + 1) + sequences + rows + sequences * stride;
      batch = schedule::ArgumentOp::create(buffers, loc, type,
                                           schedule::Role::Batch,
                                           map(entries * 4).getValue());
      continue;
    }
    // Indices: the tokens first, then the rows whose logits are wanted.
    AffineExpr count = sawTokens ? logitRows : rows;
    auto role = sawTokens ? schedule::Role::LogitRows : schedule::Role::Tokens;
    sawTokens = true;
    storage[argument] = {
        schedule::ArgumentOp::create(buffers, loc, type, role,
                                     map(count * 4).getValue()),
        count};
  }
}

VariantBuilder::Storage VariantBuilder::storageOf(Value rows) const {
  if (auto split = rows.getDefiningOp<tf::SplitOp>())
    return storageOf(split.getInput());
  return storage.lookup(rows);
}

AffineExpr VariantBuilder::resultRows(Operation *op) const {
  return llvm::TypeSwitch<Operation *, AffineExpr>(op)
      .Case([&](tf::EmbeddingOp op) { return storageOf(op.getTokens()).rows; })
      .Case([&](tf::RmsNormOp op) {
        return storageOf(op.getRows() ? Value(op.getRows())
                                      : Value(op.getInput()))
            .rows;
      })
      .Default(
          [&](Operation *op) { return storageOf(op->getOperand(0)).rows; });
}

VariantBuilder::Storage VariantBuilder::allocate(Value result,
                                                 AffineExpr rows) {
  RankedTensorType type = typeOf(result);
  int64_t length = program.target().getRowLength(type);
  int64_t padding = program.target().getRowPadding();
  AffineExpr size = rows.ceilDiv(padding) *
                    (padding * length * bytesPerElement(type.getElementType()));
  Location loc = result.getLoc();
  auto bufferType = schedule::BufferType::get(builder.getContext());
  AffineMap bytes = map(size).getValue();
  Value buffer;
  if (result == returned)
    buffer = schedule::ResultOp::create(buffers, loc, bufferType,
                                        schedule::Role::Logits,
                                        type.getDimSize(1), length, bytes);
  else
    buffer = schedule::ArenaOp::create(
        buffers, loc, bufferType, layerName(result.getDefiningOp()), bytes);
  return storage[result] = {buffer, rows};
}

Value VariantBuilder::constant(FlatSymbolRefAttr symbol) {
  Value &buffer = constants[symbol];
  if (!buffer)
    buffer = schedule::ConstantOp::create(buffers, function.getLoc(), symbol);
  return buffer;
}

FailureOr<Value> VariantBuilder::constant(ValueRange parts, Attribute layout) {
  FailureOr<FlatSymbolRefAttr> symbol = program.weight(parts, layout);
  if (failed(symbol))
    return failure();
  return constant(*symbol);
}

std::pair<Value, Value> VariantBuilder::cache(Value handle) {
  auto get = handle.getDefiningOp<tf::GetCacheOp>();
  auto &pair = caches[get.getCacheAttr()];
  if (!pair.first) {
    auto [keys, values] = program.target().getCachePageBytes(
        cast<tf::CacheType>(handle.getType()));
    std::string name = get.getCache().str();
    pair = {
        schedule::StateOp::create(buffers, get.getLoc(), name + ".keys", keys),
        schedule::StateOp::create(buffers, get.getLoc(), name + ".values",
                                  values)};
  }
  return pair;
}

// ---- Dispatches -------------------------------------------------------------

LogicalResult VariantBuilder::bindEmbedding(tf::EmbeddingOp op,
                                            Bindings &bindings) {
  FailureOr<Value> table =
      constant(op.getTable(),
               program.target().getMatrixLayout(typeOf(op.getTable()), false));
  if (failed(table))
    return failure();
  bindings.add(storageOf(op.getTokens()).buffer);
  bindings.add(*table);
  return success();
}

LogicalResult VariantBuilder::bindRmsNorm(tf::RmsNormOp op,
                                          Bindings &bindings) {
  FailureOr<Value> weight =
      constant(op.getWeight(), program.target().getVectorLayout());
  if (failed(weight))
    return failure();
  bindings.add(storageOf(op.getInput()).buffer);
  bindings.add(*weight);
  if (op.getRows())
    bindings.add(storageOf(op.getRows()).buffer);
  return success();
}

LogicalResult VariantBuilder::bindLinear(tf::LinearOp op, Bindings &bindings) {
  SmallVector<RankedTensorType> types;
  for (Value weight : op.getWeights())
    types.push_back(typeOf(weight));
  FailureOr<Value> weights = constant(
      op.getWeights(), program.target().getMatrixLayout(types, op.getGated()));
  if (failed(weights))
    return failure();
  bindings.add(storageOf(op.getInput()).buffer);
  bindings.add(*weights);
  if (!op.getBiases().empty()) {
    FailureOr<Value> biases =
        constant(op.getBiases(), program.target().getVectorLayout());
    if (failed(biases))
      return failure();
    bindings.add(*biases);
  }
  return success();
}

LogicalResult VariantBuilder::bindAttention(tf::AttentionOp op,
                                            Bindings &bindings) {
  bindings.add(storageOf(op.getQueries()).buffer);
  auto [keys, values] = cache(op.getCache());
  bindings.add(keys, bool(op.getKeys()));
  bindings.add(values, bool(op.getKeys()));
  bindings.add(batch);
  if (std::optional<tf::RopeAttr> rope = op.getRope())
    bindings.add(constant(program.phases(*rope)));
  return success();
}

/// The residual's memory takes the sum, so nothing may read it afterwards.
static LogicalResult verifyLastUse(tf::LinearOp op) {
  for (Operation *user : op.getResidual().getUsers())
    if (op->isBeforeInBlock(user))
      return op.emitOpError("adds to a residual that is read again later; "
                            "the sum would overwrite it")
                 .attachNote(user->getLoc())
             << "read here";
  return success();
}

void VariantBuilder::separate(const Bindings &bindings) {
  bool conflict = false;
  for (auto [buffer, written] : llvm::zip(bindings.buffers, bindings.writes))
    conflict |= writtenSinceBarrier.contains(buffer) ||
                (written && readSinceBarrier.contains(buffer));
  if (conflict) {
    schedule::BarrierOp::create(builder, function.getLoc());
    readSinceBarrier.clear();
    writtenSinceBarrier.clear();
  }
  for (auto [buffer, written] : llvm::zip(bindings.buffers, bindings.writes))
    (written ? writtenSinceBarrier : readSinceBarrier).insert(buffer);
}

AffineMapAttr VariantBuilder::multiplyAddsOf(Operation *op) const {
  auto linear = dyn_cast<tf::LinearOp>(op);
  if (!linear)
    return {};
  int64_t perRow = 0;
  for (Value weight : linear.getWeights())
    perRow += typeOf(weight).getNumElements();
  return map(resultRows(op) * perRow);
}

AffineMapAttr VariantBuilder::bytesOf(Operation *op) const {
  if (isa<tf::AttentionOp>(op))
    return {}; // Depends on each sequence's past, which no size symbol tells.
  AffineExpr bytes = getAffineConstantExpr(0, builder.getContext());
  for (Value operand : op->getOperands()) {
    RankedTensorType type = typeOf(operand);
    int64_t element = bytesPerElement(type.getElementType());
    if (type.hasStaticShape() && !isa<tf::EmbeddingOp>(op))
      bytes = bytes + type.getNumElements() * element;
    else if (!type.hasStaticShape())
      bytes = bytes +
              storageOf(operand).rows *
                  (element * (type.getRank() == 2 ? type.getDimSize(1) : 1));
  }
  RankedTensorType result = typeOf(op->getResult(0));
  return map(bytes +
             resultRows(op) * (result.getDimSize(1) *
                               bytesPerElement(result.getElementType())));
}

LogicalResult VariantBuilder::buildDispatch(Operation *op) {
  schedule::RowVariant variant = variantAttr.getRows();
  FailureOr<AffineMap> grid = program.target().getGrid(op, variant);
  if (failed(grid))
    return failure();

  Bindings bindings;
  LogicalResult bound =
      llvm::TypeSwitch<Operation *, LogicalResult>(op)
          .Case([&](tf::EmbeddingOp op) { return bindEmbedding(op, bindings); })
          .Case([&](tf::RmsNormOp op) { return bindRmsNorm(op, bindings); })
          .Case([&](tf::LinearOp op) { return bindLinear(op, bindings); })
          .Case([&](tf::AttentionOp op) { return bindAttention(op, bindings); })
          .Default([](Operation *op) {
            return op->emitOpError("cannot be scheduled; supported are "
                                   "embedding, rms_norm, linear and attention");
          });
  if (failed(bound))
    return failure();

  AffineExpr rows = resultRows(op);
  AffineMapAttr bytes = bytesOf(op), multiplyAdds = multiplyAddsOf(op);
  auto linear = dyn_cast<tf::LinearOp>(op);
  if (linear && linear.getResidual()) {
    if (failed(verifyLastUse(linear)))
      return failure();
    storage[op->getResult(0)] = storageOf(linear.getResidual());
    bindings.add(storageOf(linear.getResidual()).buffer, /*written=*/true);
  } else {
    bindings.add(allocate(op->getResult(0), rows).buffer, /*written=*/true);
  }

  // The grid's rows are the kernel's own. Code for exactly one row must not
  // run for none, as when a call wants no logits.
  SmallVector<AffineExpr> replacements;
  for (unsigned s = 0; s < Symbol::NumSymbols; ++s)
    replacements.push_back(symbol(s));
  replacements[Symbol::Rows] = rows;
  AffineExpr items = grid->getResult(0).replaceSymbols(replacements);
  if (variant == schedule::RowVariant::One && dependsOnVariant(op) &&
      rows != symbol(Symbol::Rows))
    items = items * rows;

  SmallVector<Attribute> scalars = {map(rows)};
  if (isa<tf::AttentionOp>(op)) {
    scalars.push_back(map(symbol(Symbol::Sequences)));
    scalars.push_back(map(symbol(Symbol::TableStride)));
  }
  schedule::KernelOp kernel = program.kernel(op, variant);
  separate(bindings);
  auto dispatch = schedule::DispatchOp::create(
      builder, op->getLoc(), FlatSymbolRefAttr::get(kernel.getSymNameAttr()),
      builder.getStringAttr(layerName(op)), bindings.buffers,
      builder.getDenseBoolArrayAttr(bindings.writes),
      builder.getArrayAttr(scalars), map(items), bytes, multiplyAdds);
  if (dispatches++ == 0)
    buffers.setInsertionPoint(dispatch);
  return success();
}

LogicalResult VariantBuilder::buildOperation(Operation *op) {
  // Weights, caches and splits are bound by the operations that use them.
  if (isa<tf::GetWeightOp, tf::GetCacheOp, tf::SplitOp, func::ReturnOp>(op))
    return success();
  return buildDispatch(op);
}

LogicalResult VariantBuilder::build() {
  auto exit = cast<func::ReturnOp>(function.getBody().front().getTerminator());
  if (exit.getNumOperands() != 1)
    return exit.emitOpError("of an entry point must return one value, found ")
           << exit.getNumOperands();
  returned = exit.getOperand(0);
  buildArguments();
  for (Operation &op : function.getBody().front())
    if (failed(buildOperation(&op)))
      return failure();
  if (!isa_and_nonnull<schedule::ResultOp>(
          storageOf(returned).buffer.getDefiningOp()))
    return exit.emitOpError("returns a value that no dispatch computes into a "
                            "buffer of its own");
  return success();
}
