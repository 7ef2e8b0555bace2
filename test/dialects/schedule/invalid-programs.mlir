// RUN: swage-opt %s --verify-diagnostics --split-input-file

// expected-error @+1 {{'schedule.program' op expected a target attribute, found "cpu"}}
schedule.program @program_c1 target "cpu" {
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.weight' op expected at least one part, found none}}
  schedule.weight @weight_c1_none parts [] types [] layout #compression.row_tiles<rows = 16, interleave = 1>
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.weight' op expected one type for each of 2 parts, found 1}}
  schedule.weight @weight_c1_types parts [@a, @b] types [tensor<4x8xf16>] layout #compression.row_tiles<rows = 16, interleave = 1>
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.weight' op expected parts that are ranked tensors, found 'f32'}}
  schedule.weight @weight_c1_ranked parts [@a] types [f32] layout #compression.row_tiles<rows = 16, interleave = 1>
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.weight' op expected a layout attribute, found 16 : i64}}
  schedule.weight @weight_c2_layout parts [@a] types [tensor<4x8xf16>] layout 16
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.weight' op cannot have the layout #compression.row_tiles<rows = 16, interleave = 1>: expected parts of static shape and rank 2, found tensor<8xf16>}}
  schedule.weight @row_tiles_c2_rank parts [@a] types [tensor<8xf16>] layout #compression.row_tiles<rows = 16, interleave = 1>
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.weight' op cannot have the layout #compression.row_tiles<rows = 16, interleave = 1>: expected parts of static shape and rank 2, found tensor<?x8xf16>}}
  schedule.weight @row_tiles_c2_dynamic parts [@a] types [tensor<?x8xf16>] layout #compression.row_tiles<rows = 16, interleave = 1>
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.weight' op cannot have the layout #compression.row_tiles<rows = 16, interleave = 1>: expected elements of type f32, f16 or bf16, found i8}}
  schedule.weight @row_tiles_c2_element parts [@a] types [tensor<4x8xi8>] layout #compression.row_tiles<rows = 16, interleave = 1>
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.weight' op cannot have the layout #compression.row_tiles<rows = 16, interleave = 1>: expected parts of one element type, found f16 and f32}}
  schedule.weight @row_tiles_c2_elements parts [@a, @b] types [tensor<4x8xf16>, tensor<4x8xf32>] layout #compression.row_tiles<rows = 16, interleave = 1>
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.weight' op cannot have the layout #compression.row_tiles<rows = 16, interleave = 1>: expected parts with the same columns, found tensor<4x8xf16> and tensor<4x6xf16>}}
  schedule.weight @row_tiles_c2_columns parts [@a, @b] types [tensor<4x8xf16>, tensor<4x6xf16>] layout #compression.row_tiles<rows = 16, interleave = 1>
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.weight' op cannot have the layout #compression.row_tiles<rows = 16, interleave = 1, alternating>: expected alternating parts of equal shape, found tensor<4x8xf16> and tensor<2x8xf16>}}
  schedule.weight @row_tiles_c3 parts [@a, @b] types [tensor<4x8xf16>, tensor<2x8xf16>] layout #compression.row_tiles<rows = 16, interleave = 1, alternating>
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.weight' op cannot have the layout #compression.row_tiles<rows = 16, interleave = 1, alternating>: expected an even number of alternating parts, found 1}}
  schedule.weight @row_tiles_c3_odd parts [@a] types [tensor<4x8xf16>] layout #compression.row_tiles<rows = 16, interleave = 1, alternating>
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.weight' op cannot have the layout #compression.row_major<pad = 16>: expected parts of static shape and rank 1, found tensor<4x8xf16>}}
  schedule.weight @row_major_c2 parts [@a] types [tensor<4x8xf16>] layout #compression.row_major<pad = 16>
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.phases' op expected positive positions and step, found 1024 and 0}}
  schedule.phases @phases_c1 #transformer.rope<dims = 4, theta = 1.0e+04> positions 1024 step 0
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.phases' op expected positions up to the rope's last length, 2048, found 1024}}
  schedule.phases @phases_c2 #transformer.rope<dims = 4, theta = 1.0e+04, lengths = [64, 2048]> positions 1024 step 256
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.phases @first #transformer.rope<dims = 4, theta = 1.0e+04> positions 1024 step 256
  // expected-error @+1 {{'schedule.phases' op expected the lengths of 'first', [], found [64, 1024]}}
  schedule.phases @program_c3 #transformer.rope<dims = 4, theta = 1.0e+04, lengths = [64, 1024]> positions 1024 step 256
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.kernel' op expects a non-empty block}}
  schedule.kernel @kernel_c1_empty variant one {
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.kernel' op expected a body that ends with schedule.yield}}
  schedule.kernel @kernel_c1_yield variant one {
  ^bb0(%x: tensor<?x8xf32>):
    %y = transformer.activation relu %x : tensor<?x8xf32>
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // expected-error @+1 {{'schedule.entry_point' op expected variants only, found arith.constant}}
  schedule.entry_point @entry_point_c1 {
    %c0 = arith.constant 0 : index
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    // expected-error @+1 {{'schedule.variant' op expected 1 <= min_rows <= max_rows, found 0 and 1}}
    schedule.variant one cache f16 rows 0 to 1 {
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    // expected-error @+1 {{'schedule.variant' op expected 1 <= min_rows <= max_rows, found 4 and 3}}
    schedule.variant one cache f16 rows 4 to 3 {
    }
  }
}

// -----

// expected-error @+1 {{expected 1 <= min <= max, found 3 and 2}}
func.func private @variant_attribute_c1() attributes {schedule.test = #schedule.variant<entry = "forward", rows = few, min = 3, max = 2, cache = f16>}

// -----

// expected-error @+1 {{expected cache to be none or an element type of caches, found 'i16'}}
func.func private @variant_attribute_c2() attributes {schedule.test = #schedule.variant<entry = "forward", rows = few, min = 1, max = 2, cache = i16>}
