//===- Table.cpp - The FlatBuffer of an artifact -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/Table.h"

using flatbuffers::Offset;

namespace swage::artifact {

namespace {

class TableBuilder {
public:
  TableBuilder(const Artifact &artifact, const Layout &layout)
      : artifact(artifact), layout(layout) {
    // Otherwise a checksum that happens to be zero would take no room.
    builder.ForceDefaults(true);
  }

  std::vector<uint8_t> build() {
    schema::FinishArtifactBuffer(builder, makeArtifact());
    return {builder.GetBufferPointer(),
            builder.GetBufferPointer() + builder.GetSize()};
  }

private:
  using Strings = Offset<flatbuffers::Vector<Offset<flatbuffers::String>>>;

  /// A vector of what `make` gives for each element.
  template <typename Range, typename Make>
  auto list(const Range &range, Make make) {
    std::vector<decltype(make(*range.begin()))> offsets;
    offsets.reserve(range.size());
    for (const auto &element : range)
      offsets.push_back(make(element));
    return builder.CreateVector(offsets);
  }

  Offset<flatbuffers::String> text(const std::string &value) {
    return builder.CreateString(value);
  }
  /// Absent if it is empty.
  Offset<flatbuffers::String> optionalText(const std::string &value) {
    return value.empty() ? Offset<flatbuffers::String>() : text(value);
  }
  Strings texts(const std::vector<std::string> &values) {
    return builder.CreateVectorOfStrings(values);
  }

  Offset<schema::Expression> makeExpression(const Expression &expression) {
    return schema::CreateExpression(
        builder, builder.CreateVectorOfStructs(expression.nodes));
  }
  Offset<schema::Expression>
  makeExpression(const std::optional<Expression> &expression) {
    return expression ? makeExpression(*expression)
                      : Offset<schema::Expression>();
  }

  Offset<schema::Weight> makeWeight(const Weight &weight) {
    auto name = text(weight.name), encoding = text(weight.encoding),
         layoutName = text(weight.layout);
    auto sources = texts(weight.sources);
    auto shape = builder.CreateVector(weight.shape);
    auto parts = list(weight.parts, [&](const WeightPart &part) {
      return schema::CreateWeightPart(builder, text(part.name), part.rows);
    });
    const WeightPlace &place = layout.getPlace(weight);
    return schema::CreateWeight(
        builder, name, sources, shape, encoding, weight.bits, layoutName,
        layout.getWeightSegment(), place.offset, weight.payload->getSize(),
        place.checksum, parts);
  }

  /// First and last command of a buffer's life; 0 and 0 if none touches it.
  /// Dispatches between two barriers may run at the same time, so a life is
  /// whole stretches between barriers.
  static std::pair<uint32_t, uint32_t> findLife(const Variant &variant,
                                                uint32_t buffer) {
    std::optional<uint32_t> first;
    uint32_t last = 0, stretch = 0;
    bool touched = false;
    for (auto [i, command] : llvm::enumerate(variant.commands)) {
      auto *dispatch = std::get_if<Dispatch>(&command);
      if (!dispatch) {
        stretch = i + 1;
        touched = false;
        continue;
      }
      touched |= llvm::any_of(dispatch->bindings, [&](const Binding &binding) {
        return binding.buffer == buffer;
      });
      if (touched) {
        first = first.value_or(stretch);
        last = i;
      }
    }
    return {first.value_or(0), last};
  }

  Offset<schema::Buffer> makeBuffer(const Variant &variant, uint32_t index) {
    const Buffer &buffer = variant.buffers[index];
    auto name = optionalText(buffer.name);
    auto size = makeExpression(buffer.size), rows = makeExpression(buffer.rows);
    std::pair<uint32_t, uint32_t> life;
    if (buffer.kind == schema::BufferKind::Arena)
      life = findLife(variant, index);
    return schema::CreateBuffer(builder, buffer.kind, buffer.role, name, size,
                                buffer.weight, buffer.pageBytes, life.first,
                                life.second, buffer.columns, buffer.rowLength,
                                buffer.element, rows);
  }

  Offset<schema::Dispatch> makeDispatch(const Dispatch &dispatch) {
    std::vector<schema::Binding> bindings;
    bindings.reserve(dispatch.bindings.size());
    for (const Binding &binding : dispatch.bindings)
      bindings.emplace_back(binding.buffer, binding.writes, binding.offset);
    auto bound = builder.CreateVectorOfStructs(bindings);
    auto scalars = list(dispatch.scalars, [&](const Expression &scalar) {
      return makeExpression(scalar);
    });
    auto grid = makeExpression(dispatch.grid);
    auto name = optionalText(dispatch.name);
    auto bytes = makeExpression(dispatch.bytes);
    auto multiplyAdds = makeExpression(dispatch.multiplyAdds);
    std::optional<schema::CacheCost> cost;
    if (const std::optional<CacheCost> &c = dispatch.cacheCost)
      cost = schema::CacheCost(c->bytes, c->multiplyAdds, c->window, c->causal);
    return schema::CreateDispatch(builder, dispatch.kernel, bound, scalars,
                                  grid, name, bytes, multiplyAdds,
                                  cost ? &*cost : nullptr);
  }

  Offset<schema::Variant> makeVariant(const Variant &variant) {
    std::vector<uint32_t> indices(variant.buffers.size());
    std::iota(indices.begin(), indices.end(), 0);
    auto buffers = list(
        indices, [&](uint32_t index) { return makeBuffer(variant, index); });
    std::vector<schema::Command> kinds;
    auto commands = list(variant.commands, [&](const Command &command) {
      if (auto *dispatch = std::get_if<Dispatch>(&command)) {
        kinds.push_back(schema::Command::Dispatch);
        return makeDispatch(*dispatch).Union();
      }
      kinds.push_back(schema::Command::Barrier);
      return schema::CreateBarrier(builder).Union();
    });
    auto cache = optionalText(variant.kvCache);
    auto types = builder.CreateVector(kinds);
    return schema::CreateVariant(builder, variant.minRows, variant.maxRows,
                                 cache, buffers, types, commands);
  }

  Offset<schema::EntryPoint> makeEntryPoint(const EntryPoint &entry) {
    auto name = text(entry.name);
    auto variants = list(entry.variants, [&](const Variant &variant) {
      return makeVariant(variant);
    });
    return schema::CreateEntryPoint(builder, name, variants,
                                    entry.wholeSequences);
  }

  Offset<schema::Executable> makeExecutable(const Executable &executable) {
    auto target = text(executable.target);
    auto features = texts(executable.features);
    auto addresses = builder.CreateVector(executable.addresses);
    return schema::CreateExecutable(builder, target, features,
                                    executable.abiVersion, nextSegment++,
                                    addresses);
  }

  Offset<schema::Program> makeProgram(const Program &program) {
    auto device = text(program.device);
    auto weights = list(program.weights, [&](const Weight &weight) {
      return makeWeight(weight);
    });
    auto kernels = list(program.kernels, [&](const std::string &name) {
      return schema::CreateKernel(builder, text(name));
    });
    auto executables =
        list(program.executables, [&](const Executable &executable) {
          return makeExecutable(executable);
        });
    auto entries = list(program.entryPoints, [&](const EntryPoint &entry) {
      return makeEntryPoint(entry);
    });
    Offset<flatbuffers::Vector<uint32_t>> lengths;
    if (!program.positionLengths.empty())
      lengths = builder.CreateVector(program.positionLengths);
    return schema::CreateProgram(builder, device, weights, kernels, executables,
                                 entries, lengths, program.positionSpan);
  }

  Offset<schema::Artifact> makeArtifact() {
    auto producer = text(artifact.producer),
         architecture = text(artifact.architecture);
    auto eos = builder.CreateVector(artifact.eosTokens);
    auto segments = list(layout.segments, [&](const SegmentPlace &segment) {
      return schema::CreateSegment(builder, segment.offset, segment.size,
                                   segment.checksum);
    });
    auto programs = list(artifact.programs, [&](const Program &program) {
      return makeProgram(program);
    });
    auto sections = list(artifact.sections, [&](const Section &section) {
      auto name = text(section.name);
      return schema::CreateSection(builder, name, nextSegment++);
    });
    auto metadata = list(artifact.metadata, [&](const auto &pair) {
      auto key = text(pair.first), value = text(pair.second);
      return schema::CreateMetadata(builder, key, value);
    });
    return schema::CreateArtifact(
        builder, producer, architecture, artifact.vocabSize,
        artifact.maxPositions, artifact.pagePositions, artifact.bosToken, eos,
        segments, programs, sections, metadata, artifact.tokenTypes);
  }

  const Artifact &artifact;
  const Layout &layout;
  flatbuffers::FlatBufferBuilder builder;
  /// Code and sections have segments in the order in which they come here.
  uint32_t nextSegment = 0;
};

} // namespace

std::vector<uint8_t> makeTable(const Artifact &artifact, const Layout &layout) {
  return TableBuilder(artifact, layout).build();
}

} // namespace swage::artifact
