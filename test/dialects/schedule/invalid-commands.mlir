// RUN: swage-opt %s --verify-diagnostics --split-input-file

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.argument' op expected size to have no dimension, 5 symbols and one result, found affine_map<()[s0] -> (s0)>}}
      %b = schedule.argument tokens size affine_map<()[s0] -> (s0)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.argument' op expected size to have no dimension, 5 symbols and one result, found affine_map<(d0)[s0, s1, s2, s3, s4] -> (d0)>}}
      %b = schedule.argument tokens size affine_map<(d0)[s0, s1, s2, s3, s4] -> (d0)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.argument' op expected size to have no dimension, 5 symbols and one result, found affine_map<()[s0, s1, s2, s3, s4] -> (s0, s1)>}}
      %b = schedule.argument tokens size affine_map<()[s0, s1, s2, s3, s4] -> (s0, s1)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.result' op expected size to have no dimension, 5 symbols and one result, found affine_map<() -> (4)>}}
      %b = schedule.result logits columns 4 row_length 4 size affine_map<() -> (4)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.result' op expected row_length >= columns > 0, found 3 and 4}}
      %b = schedule.result logits columns 4 row_length 3 size affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.result' op expected row_length >= columns > 0, found 3 and 0}}
      %b = schedule.result logits columns 0 row_length 3 size affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.arena' op expected size to have no dimension, 5 symbols and one result, found affine_map<() -> (4)>}}
      %b = schedule.arena "x" size affine_map<() -> (4)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.arena' op expected rows to have no dimension, 5 symbols and one result, found affine_map<() -> (4)>}}
      %b = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0)> holds tensor<?x4xf32> rows affine_map<() -> (4)> row_length 4
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.arena' op expected a tensor of shape [?, columns] with row_length >= columns > 0, found 'tensor<?x4xf32>' and 3}}
      %b = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0)> holds tensor<?x4xf32>
          rows affine_map<()[s0, s1, s2, s3, s4] -> (s0)> row_length 3
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.arena' op expected a tensor of shape [?, columns] with row_length >= columns > 0, found 'tensor<4xf32>' and 4}}
      %b = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0)> holds tensor<4xf32>
          rows affine_map<()[s0, s1, s2, s3, s4] -> (s0)> row_length 4
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.result' op expected rows to have no dimension, 5 symbols and one result, found affine_map<() -> (4)>}}
      %b = schedule.result logits columns 4 row_length 4 size affine_map<()[s0, s1, s2, s3, s4] -> (s0)> rows affine_map<() -> (4)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.state' op expected positive page_bytes, found 0}}
      %b = schedule.state "keys" page_bytes 0
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.constant' op expected @nothing to name a schedule.weight or schedule.phases, found none}}
      %b = schedule.constant @nothing
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.kernel @k variant one {
  ^bb0(%x: tensor<?x8xf32>):
    %y = transformer.activation relu %x : tensor<?x8xf32>
    schedule.yield %y : tensor<?x8xf32>
  }
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      // expected-error @+1 {{'schedule.constant' op expected @k to name a schedule.weight or schedule.phases, found schedule.kernel}}
      %b = schedule.constant @k
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      %b = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
      // expected-error @+1 {{'schedule.dispatch' op expected @nothing to name a schedule.kernel, found none}}
      schedule.dispatch @nothing "d" bindings(%b) writes [true] scalars [] grid affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.phases @p #transformer.rope<dims = 4, theta = 1.0e+04> positions 1024 step 256
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      %b = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
      // expected-error @+1 {{'schedule.dispatch' op expected @p to name a schedule.kernel, found schedule.phases}}
      schedule.dispatch @p "d" bindings(%b) writes [true] scalars [] grid affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.kernel @k variant one {
  ^bb0(%x: tensor<?x8xf32>):
    %y = transformer.activation relu %x : tensor<?x8xf32>
    schedule.yield %y : tensor<?x8xf32>
  }
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      %b = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
      // expected-error @+1 {{'schedule.dispatch' op expected 1 to 8 bindings, found 0}}
      schedule.dispatch @k "d" bindings() writes [] scalars [] grid affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.kernel @k variant one {
  ^bb0(%x: tensor<?x8xf32>):
    %y = transformer.activation relu %x : tensor<?x8xf32>
    schedule.yield %y : tensor<?x8xf32>
  }
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      %b = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
      // expected-error @+1 {{'schedule.dispatch' op expected 1 to 8 bindings, found 9}}
      schedule.dispatch @k "d" bindings(%b, %b, %b, %b, %b, %b, %b, %b, %b)
          writes [true, true, true, true, true, true, true, true, true] scalars [] grid affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.kernel @k variant one {
  ^bb0(%x: tensor<?x8xf32>):
    %y = transformer.activation relu %x : tensor<?x8xf32>
    schedule.yield %y : tensor<?x8xf32>
  }
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      %b = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
      // expected-error @+1 {{'schedule.dispatch' op expected writes to have one entry for each of 1 bindings, found 2}}
      schedule.dispatch @k "d" bindings(%b) writes [true, false] scalars [] grid affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.kernel @k variant one {
  ^bb0(%x: tensor<?x8xf32>):
    %y = transformer.activation relu %x : tensor<?x8xf32>
    schedule.yield %y : tensor<?x8xf32>
  }
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      %b = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
      // expected-error @+1 {{'schedule.dispatch' op expected scalars to have no dimension, 5 symbols and one result, found affine_map<() -> (4)>}}
      schedule.dispatch @k "d" bindings(%b) writes [true] scalars [affine_map<() -> (4)>] grid affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.kernel @k variant one {
  ^bb0(%x: tensor<?x8xf32>):
    %y = transformer.activation relu %x : tensor<?x8xf32>
    schedule.yield %y : tensor<?x8xf32>
  }
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      %b = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
      // expected-error @+1 {{'schedule.dispatch' op expected grid to have no dimension, 5 symbols and one result, found affine_map<() -> (4)>}}
      schedule.dispatch @k "d" bindings(%b) writes [true] scalars [] grid affine_map<() -> (4)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.kernel @k variant one {
  ^bb0(%x: tensor<?x8xf32>):
    %y = transformer.activation relu %x : tensor<?x8xf32>
    schedule.yield %y : tensor<?x8xf32>
  }
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      %b = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
      // expected-error @+1 {{'schedule.dispatch' op expected bytes to have no dimension, 5 symbols and one result, found affine_map<() -> (4)>}}
      schedule.dispatch @k "d" bindings(%b) writes [true] scalars [] grid affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
          bytes affine_map<() -> (4)>
    }
  }
}

// -----

schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  schedule.kernel @k variant one {
  ^bb0(%x: tensor<?x8xf32>):
    %y = transformer.activation relu %x : tensor<?x8xf32>
    schedule.yield %y : tensor<?x8xf32>
  }
  schedule.entry_point @forward {
    schedule.variant one cache f16 rows 1 to 1 {
      %b = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
      // expected-error @+1 {{'schedule.dispatch' op expected multiply_adds to have no dimension, 5 symbols and one result, found affine_map<() -> (4)>}}
      schedule.dispatch @k "d" bindings(%b) writes [true] scalars [] grid affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
          multiply_adds affine_map<() -> (4)>
    }
  }
}

// -----

// expected-error @+1 {{'schedule.barrier' op expects parent op 'schedule.variant'}}
schedule.barrier
