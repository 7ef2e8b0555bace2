//===- EmbeddingKernel.cpp - Gather embedding rows from weight tiles ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A token's row is one lane of its tile, so its values stand a vector apart:
// one element (or pair of bf16, or 4 codes) of every cache line. That is 16
// times the bytes of a row-major table, of which a run reads one row a token,
// and in return a tied table is stored once, as the logits read it.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "targets/cpu/GroupDecoder.h"
#include "targets/cpu/Kernels.h"
#include "targets/cpu/RowPlace.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {
namespace {

class EmbeddingEmitter {
public:
  EmbeddingEmitter(KernelBuilder &k, const EmbeddingSpec &spec)
      : k(k), spec(spec), to(spec.columns, Element::F32) {}

  void emit(Value out) {
    this->out = out;
    k.loop(k.begin(), k.end(), 1, [&](Value row) {
      Value outBase = to.start(k, row);
      int64_t next = 0;
      Value token = k.loadIndex(k.binding(next++), row);
      Value table = k.binding(next++);
      if (spec.weight.groups)
        decode(table, token, outBase);
      else
        gather(table, spec.weight, token, outBase, /*first=*/true);
      if (spec.types) {
        Value type = k.loadIndex(k.binding(next++), row);
        gather(k.binding(next++), *spec.types, type, outBase, /*first=*/false);
      }
      if (spec.positions) {
        // Behind the sequences' first rows and past lengths.
        Value sequences = k.scalar(1);
        Value at = k.add(k.add(k.add(sequences, sequences), 1), row);
        Value position = k.loadIndex(k.binding(next++), at);
        gather(k.binding(next++), *spec.positions, position, outBase,
               /*first=*/false);
      }
    });
  }

private:
  /// Writes row `index` of `table`, scaled, or adds it to what is written.
  void gather(Value table, Element element, Value index, Value outBase,
              bool first) {
    int64_t interleave = tileInterleave(element);
    int64_t steps = llvm::divideCeil(spec.columns, interleave);
    Value tile = arith::DivUIOp::create(k.b, index, k.index(kTileRows));
    Value lane = arith::RemUIOp::create(k.b, index, k.index(kTileRows));
    Value base = k.add(k.mul(tile, steps * kTileRows), lane);
    auto emitStep = [&](Value step, int64_t count) {
      Value at = k.add(base, k.mul(step, kTileRows));
      Value column = k.add(outBase, k.mul(step, interleave));
      SmallVector<Value> values = load(table, at, interleave);
      for (int64_t j = 0; j < count; ++j)
        put(values[j], k.add(column, j), first);
    };
    int64_t whole = spec.columns / interleave;
    k.loop(k.index(0), k.index(whole), 1,
           [&](Value step) { emitStep(step, interleave); });
    // The last k of an odd row has no neighbour in the output.
    if (int64_t rest = spec.columns % interleave)
      emitStep(k.index(whole), rest);
  }

  /// Writes row `index` of `table`, whose rows are in groups of codes.
  void decode(Value table, Value index, Value outBase) {
    const compression::GroupLayout &layout = *spec.weight.groups;
    constexpr int64_t kChunk = compression::GroupLayout::kChunk,
                      kInterleave = compression::GroupLayout::kInterleave;
    Value tile = arith::DivUIOp::create(k.b, index, k.index(kTileRows));
    Value row = arith::RemUIOp::create(k.b, index, k.index(kTileRows));
    GroupDecoder decoder(k, layout, table, row);
    Value base = k.mul(tile, layout.tileBytes(spec.columns) / 4);
    auto emitSpan = [&](Value span, int64_t columns) {
      Value at = k.add(base, k.mul(span, decoder.spanWords()));
      Value column = k.add(outBase, k.mul(span, layout.columns));
      auto factors =
          decoder.factors(at, llvm::divideCeil(columns, layout.groupColumns));
      // A group lies in chunks as a whole, or chunks lie in it.
      int64_t step = std::min(kChunk, layout.groupColumns);
      for (int64_t first = 0; first < columns; first += step) {
        int64_t together = layout.codeColumns;
        Value chunk = k.add(at, first / together * decoder.codeWords());
        int64_t unit = first % together / kInterleave;
        int64_t units = std::min(step, columns - first) / kInterleave;
        k.loop(k.index(unit), k.index(unit + units), 1, [&](Value index) {
          GroupDecoder::Unit codes(decoder, chunk, index);
          Value to = k.add(column, k.mul(index, kInterleave));
          for (int64_t i = 0; i < kInterleave; ++i)
            put(decoder.decode(codes.code(i),
                               factors[first / layout.groupColumns]),
                k.add(to, first / together * together + i), /*first=*/true);
        });
      }
    };
    int64_t whole = spec.columns / layout.columns;
    k.loop(k.index(0), k.index(whole), 1,
           [&](Value span) { emitSpan(span, layout.columns); });
    if (int64_t rest = spec.columns % layout.columns)
      emitSpan(k.index(whole), rest);
  }

  /// The values of a lane at `at`.
  SmallVector<Value> load(Value table, Value at, int64_t interleave) {
    if (interleave == 1)
      return {k.loadScalar(table, at)};
    Value pair = memref::LoadOp::create(k.b, table, at);
    return {bits(arith::ShLIOp::create(k.b, pair, i32(16))),
            bits(arith::AndIOp::create(k.b, pair, i32(0xffff0000)))};
  }

  void put(Value value, Value at, bool first) {
    if (!first)
      value = k.addf(memref::LoadOp::create(k.b, out, at), value);
    else if (spec.scale != 1.0)
      value = k.mulf(value, k.constant(spec.scale));
    memref::StoreOp::create(k.b, value, out, at);
  }

  Value i32(uint32_t value) {
    return arith::ConstantOp::create(k.b,
                                     k.b.getI32IntegerAttr(int32_t(value)));
  }
  Value bits(Value integer) {
    return arith::BitcastOp::create(k.b, k.b.getF32Type(), integer);
  }

  KernelBuilder &k;
  const EmbeddingSpec &spec;
  RowPlace to;
  Value out;
};

} // namespace

func::FuncOp buildEmbedding(OpBuilder &builder, Location loc, StringRef name,
                            const EmbeddingSpec &spec,
                            const Capabilities &target) {
  MLIRContext *context = builder.getContext();
  SmallVector<Type> bindings;
  auto addTable = [&](const WeightFormat &format) {
    bindings.push_back(KernelBuilder::i32Buffer(context));
    bindings.push_back(KernelBuilder::weightBuffer(context, format));
  };
  addTable(spec.weight);
  if (spec.types)
    addTable(*spec.types);
  if (spec.positions)
    addTable(*spec.positions);
  bindings.push_back(KernelBuilder::buffer(context, Element::F32));
  KernelBuilder k(builder, loc, name, bindings,
                  /*numScalars=*/spec.positions ? 2 : 1, target);
  EmbeddingEmitter(k, spec).emit(k.binding(bindings.size() - 1));
  return k.finish();
}

} // namespace swage::cpu
