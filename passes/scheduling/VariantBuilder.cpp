//===- VariantBuilder.cpp - From a function to commands -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/scheduling/VariantBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/Support.h"
#include "passes/scheduling/KernelNames.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace swage;
namespace tf = swage::transformer;
using Symbol = schedule::ScheduleDialect::SizeSymbol;

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
  if (function->hasAttr(kWholeSequencesAttrName))
    entry.setWholeSequences(true);
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
    // Indices: the tokens first, then the rows whose logits are wanted; types
    // of tokens are what an embedding reads as such.
    bool types = llvm::any_of(argument.getUsers(), [&](Operation *user) {
      auto embedding = dyn_cast<tf::EmbeddingOp>(user);
      return embedding && embedding.getTypes() == argument;
    });
    AffineExpr count = sawTokens && !types ? logitRows : rows;
    auto role = types       ? schedule::Role::TokenTypes
                : sawTokens ? schedule::Role::LogitRows
                            : schedule::Role::Tokens;
    sawTokens |= !types;
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
      .Case<tf::RmsNormOp, tf::LayerNormOp>([&](auto op) {
        return storageOf(op.getRows() ? Value(op.getRows())
                                      : Value(op.getInput()))
            .rows;
      })
      .Case([&](tf::SelectRowsOp op) { return storageOf(op.getRows()).rows; })
      .Case([&](tf::FirstRowsOp op) { return symbol(Symbol::Sequences); })
      .Case([&](tf::CombineOp op) { return storageOf(op.getWeights()).rows; })
      .Case([&](tf::GroupedLinearOp op) {
        AffineExpr rows = storageOf(op.getInput()).rows;
        return op.getScatter() ? rows : rows * int64_t(op.getTopK());
      })
      .Default(
          [&](Operation *op) { return storageOf(op->getOperand(0)).rows; });
}

AffineExpr VariantBuilder::rowsOf(OpResult result) const {
  AffineExpr rows = resultRows(result.getOwner());
  auto route = dyn_cast<tf::RouteOp>(result.getOwner());
  return route && result == route.getPlaces() ? rows * int64_t(route.getTopK())
                                              : rows;
}

VariantBuilder::Storage VariantBuilder::allocate(Value result,
                                                 AffineExpr rows) {
  RankedTensorType type = typeOf(result);
  // Encoded elements are counted in bytes, see `getRowLength` of targets.
  int64_t element = isEncoded(type) ? 1 : type.getElementTypeBitWidth() / 8;
  int64_t columns = 1, length = 1, padding = program.target().getRowPadding();
  AffineExpr size = rows * element, count = rows;
  if (type.hasStaticShape()) {
    columns = length = type.getNumElements();
    count = getAffineConstantExpr(1, builder.getContext());
    size = count * (length * element);
  } else if (type.getRank() == 2) {
    columns = type.getDimSize(1);
    length = program.target().getRowLength(type);
    size = rows.ceilDiv(padding) * (padding * length * element);
  }
  Location loc = result.getLoc();
  auto bufferType = schedule::BufferType::get(builder.getContext());
  AffineMap bytes = map(size).getValue();
  Value buffer;
  if (auto role = returned.find(result); role != returned.end())
    buffer = schedule::ResultOp::create(buffers, loc, bufferType, role->second,
                                        columns, length, bytes, map(count));
  else
    buffer = schedule::ArenaOp::create(
        buffers, loc, bufferType,
        builder.getStringAttr(layerName(result.getDefiningOp())), map(size),
        TypeAttr::get(RankedTensorType::get({ShapedType::kDynamic, columns},
                                            type.getElementType())),
        map(count), builder.getI64IntegerAttr(length));
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

/// The rows that `op` adds to where they lie, if there are any.
static Value residualOf(Operation *op) {
  if (auto linear = dyn_cast<tf::LinearOp>(op))
    return linear.getResidual();
  if (auto norm = dyn_cast<tf::RmsNormOp>(op))
    return norm.getResidual();
  if (auto combine = dyn_cast<tf::CombineOp>(op))
    return combine.getResidual();
  return {};
}

/// The residual's memory takes the sum, so it must be memory of its own that
/// nothing reads afterwards.
static LogicalResult verifyResidual(Operation *op, Value residual) {
  if (residual.getDefiningOp<tf::SplitOp>())
    return op->emitOpError("adds to columns of wider rows; the sum needs rows "
                           "of its own");
  auto verifyUsers = [&](Value value, auto &verifyUsers) -> LogicalResult {
    for (Operation *user : value.getUsers()) {
      if (auto split = dyn_cast<tf::SplitOp>(user)) {
        for (Value part : split.getParts())
          if (failed(verifyUsers(part, verifyUsers)))
            return failure();
      } else if (op->isBeforeInBlock(user)) {
        return op->emitOpError("adds to a residual that is read again later; "
                               "the sum would overwrite it")
                   .attachNote(user->getLoc())
               << "read here";
      }
    }
    return success();
  };
  return verifyUsers(residual, verifyUsers);
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

LogicalResult VariantBuilder::buildDispatch(Operation *op) {
  schedule::RowVariant variant = variantAttr.getRows();
  FailureOr<AffineMap> grid = program.target().getGrid(op, variant);
  if (failed(grid))
    return failure();

  Bindings bindings;
  LogicalResult bound =
      llvm::TypeSwitch<Operation *, LogicalResult>(op)
          .Case([&](tf::EmbeddingOp op) { return bindEmbedding(op, bindings); })
          .Case([&](tf::RmsNormOp op) {
            return bindVectors(op.getInput(), op.getWeight(), op.getRows(),
                               bindings);
          })
          .Case([&](tf::LayerNormOp op) {
            SmallVector<Value> vectors = {op.getWeight()};
            if (op.getBias())
              vectors.push_back(op.getBias());
            return bindVectors(op.getInput(), vectors, op.getRows(), bindings);
          })
          .Case([&](compression::PermuteColumnsOp op) {
            return bindVectors(op.getInput(), op.getOrder(), {}, bindings);
          })
          .Case([&](tf::FirstRowsOp op) {
            // The batch begins with the first row of each sequence.
            bindings.add(storageOf(op.getInput()).buffer);
            bindings.add(batch);
            return success();
          })
          .Case<tf::SelectRowsOp, compression::QuantizeOp, arith::AddFOp,
                arith::ExtFOp, arith::TruncFOp>(
              [&](Operation *op) { return bindRows(op, bindings); })
          .Case([&](tf::LinearOp op) { return bindLinear(op, bindings); })
          .Case([&](tf::AttentionOp op) { return bindAttention(op, bindings); })
          .Case([&](tf::RouteOp op) { return bindRoute(op, bindings); })
          .Case([&](tf::GroupedLinearOp op) {
            return bindGroupedLinear(op, bindings);
          })
          .Case([&](tf::CombineOp op) { return bindCombine(op, bindings); })
          .Default([](Operation *op) {
            return op->emitOpError(
                "cannot be scheduled; supported are "
                "embedding, rms_norm, layer_norm, select_rows, "
                "linear, attention, route, grouped_linear and combine, "
                "compression.quantize and permute_columns, and arith.addf, "
                "extf and truncf");
          });
  if (failed(bound))
    return failure();

  AffineExpr rows = resultRows(op);
  AffineMapAttr bytes = bytesOf(op), multiplyAdds = multiplyAddsOf(op);
  if (Value residual = residualOf(op)) {
    if (failed(verifyResidual(op, residual)))
      return failure();
    storage[op->getResult(0)] = storageOf(residual);
    bindings.add(storageOf(residual).buffer, /*written=*/true);
  } else {
    for (OpResult result : op->getResults())
      bindings.add(allocate(result, rowsOf(result)).buffer, /*written=*/true);
  }

  // The grid's rows are the kernel's own. Code for exactly one row must not
  // run for none, as when a call wants no logits; grouped linears read how
  // many there are.
  SmallVector<AffineExpr> replacements;
  for (unsigned s = 0; s < Symbol::NumSymbols; ++s)
    replacements.push_back(symbol(s));
  replacements[Symbol::Rows] = rows;
  AffineExpr items = grid->getResult(0).replaceSymbols(replacements);
  if (variant == schedule::RowVariant::One && dependsOnVariant(op) &&
      !isa<tf::GroupedLinearOp>(op) && rows != symbol(Symbol::Rows))
    items = items * rows;

  SmallVector<Attribute> scalars = {map(rows)};
  auto embedding = dyn_cast<tf::EmbeddingOp>(op);
  if (embedding && embedding.getBatch())
    scalars.push_back(map(symbol(Symbol::Sequences)));
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

LogicalResult VariantBuilder::findResults(func::ReturnOp exit) {
  if (exit.getNumOperands() == 0)
    return exit.emitOpError(
        "of an entry point must return a value, found none");
  for (auto [i, value] : llvm::enumerate(exit.getOperands())) {
    auto role = schedule::Role::Logits;
    if (auto name =
            function.getResultAttrOfType<StringAttr>(i, kResultAttrName))
      role = schedule::symbolizeRole(name.getValue())
                 .value_or(schedule::Role::Tokens);
    if (role != schedule::Role::Logits && role != schedule::Role::Hidden &&
        role != schedule::Role::Pooled && role != schedule::Role::ClassLogits)
      return exit.emitOpError("expected result ")
             << i
             << " to be named logits, hidden, pooled or class_logits, found "
             << function.getResultAttr(i, kResultAttrName);
    if (llvm::any_of(returned, [&](auto known) {
          return known.first == value || known.second == role;
        }))
      return exit.emitOpError("expected values and roles once each, found '")
             << schedule::stringifyRole(role) << "' or its value again";
    if (!typeOf(value).getElementType().isF32())
      return exit.emitOpError("expected results of element type f32, found ")
             << typeOf(value).getElementType();
    returned[value] = role;
  }
  return success();
}

LogicalResult VariantBuilder::build() {
  auto exit = cast<func::ReturnOp>(function.getBody().front().getTerminator());
  if (failed(findResults(exit)))
    return failure();
  buildArguments();
  for (Operation &op : function.getBody().front())
    if (failed(buildOperation(&op)))
      return failure();
  for (Value value : exit.getOperands()) {
    Value buffer = storageOf(value).buffer;
    if (!buffer || !buffer.getDefiningOp<schedule::ResultOp>())
      return exit.emitOpError("returns a value that no dispatch computes into "
                              "a buffer of its own");
  }
  return success();
}
