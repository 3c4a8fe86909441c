# SPDX-License-Identifier: Apache-2.0
"""Sixteen bytes in one register of the processor, and its AES instructions on them, as words of compiled loops.

There are no look-up tables: an instruction takes the same time whatever the key is. On x86-64 these are the AES-NI
instructions; AArch64 has the same steps cut differently (its ``AESE`` adds the key first), which `_forward` and
`_backward` put right. A processor that has neither compiles none of this: ask `ready` first.
"""

import platform
from collections.abc import Callable
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import extending, types
from numba.core import cgutils, config
from numba.extending import models, register_model

intrinsic: Any = extending.intrinsic

ROUNDS = 10
_CONSTANTS = (0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1B, 0x36)
_BYTES, _PAIR = ir.VectorType(ir.IntType(8), 16), ir.VectorType(ir.IntType(64), 2)
_WHOLE, _WORD, _INDEX = ir.IntType(128), ir.IntType(64), ir.IntType(32)
_MACHINE = {"x86_64": "x86", "amd64": "x86", "aarch64": "arm", "arm64": "arm"}.get(platform.machine().lower(), "")


class _BlockType(types.Type):
    """What numba calls sixteen bytes in a register."""

    def __init__(self) -> None:
        super().__init__(name="Block")


BLOCK = _BlockType()


@register_model(_BlockType)
class _BlockModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _BYTES)


def instructions() -> bool:
    """Tell whether the processor that is compiled for has AES instructions, as numba sees it."""
    chosen_by_user = getattr(config, "CPU_FEATURES", None)
    if chosen_by_user is not None:
        return bool(_MACHINE) and "+aes" in str(chosen_by_user).split(",")
    return bool(_MACHINE) and bool(llvmlite.binding.get_host_cpu_features().get("aes"))


def _call(builder: Any, name: str, *operands: Any) -> Any:
    kind = operands[0].type
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * len(operands)), name)
    return builder.call(function, operands)


def _zeros() -> Any:
    return ir.Constant(_BYTES, [0] * 16)


def _forward(builder: Any, state: Any, key: Any, *, last: bool = False) -> Any:
    """One round of encryption: substitute, shift rows, mix columns unless it is the last, add the key."""
    if _MACHINE == "x86":
        name = "llvm.x86.aesni.aesenclast" if last else "llvm.x86.aesni.aesenc"
        return _through_pairs(builder, name, state, key)
    mixed = _call(builder, "llvm.aarch64.crypto.aese", state, _zeros())
    return builder.xor(mixed if last else _call(builder, "llvm.aarch64.crypto.aesmc", mixed), key)


def _backward(builder: Any, state: Any, key: Any, *, last: bool = False) -> Any:
    """One round of decryption, by the equivalent inverse cipher of FIPS 197."""
    if _MACHINE == "x86":
        name = "llvm.x86.aesni.aesdeclast" if last else "llvm.x86.aesni.aesdec"
        return _through_pairs(builder, name, state, key)
    mixed = _call(builder, "llvm.aarch64.crypto.aesd", state, _zeros())
    return builder.xor(mixed if last else _call(builder, "llvm.aarch64.crypto.aesimc", mixed), key)


def _unmixed(builder: Any, key: Any) -> Any:
    """Undo the mixing of columns, which turns a round key of encryption into one of decryption."""
    if _MACHINE == "x86":
        return _through_pairs(builder, "llvm.x86.aesni.aesimc", key)
    return _call(builder, "llvm.aarch64.crypto.aesimc", key)


def _through_pairs(builder: Any, name: str, *operands: Any) -> Any:
    found = _call(builder, name, *(builder.bitcast(one, _PAIR) for one in operands))
    return builder.bitcast(found, _BYTES)


def _shuffled(builder: Any, first: Any, second: Any, places: list[int]) -> Any:
    mask = ir.Constant(ir.VectorType(_INDEX, 16), places)
    return builder.shuffle_vector(first, second, mask)


def _next_key(builder: Any, key: Any, constant: int) -> Any:
    """Return the round key that follows; the last round of AES on four equal columns substitutes and shifts nothing."""
    turned = _shuffled(builder, key, _zeros(), [13, 14, 15, 12] * 4)
    added = _forward(builder, turned, ir.Constant(_BYTES, [constant, 0, 0, 0] * 4), last=True)
    for step in (4, 8):
        moved = _shuffled(builder, _zeros(), key, [16 - step + place for place in range(16)])
        key = builder.xor(key, moved)
    return builder.xor(key, added)


def _all_keys(builder: Any, key: Any) -> list[Any]:
    keys = [key]
    for constant in _CONSTANTS:
        keys.append(_next_key(builder, keys[-1], constant))
    return keys


def _under(builder: Any, keys: list[Any], block: Any) -> Any:
    state = builder.xor(block, keys[0])
    for key in keys[1:-1]:
        state = _forward(builder, state, key)
    return _forward(builder, state, keys[-1], last=True)


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """Return a pointer to sixteen bytes of an array."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), _BYTES.as_pointer())


def _read(builder: Any, pointer: Any) -> Any:
    found = builder.load(pointer)
    found.align = 1
    return found


def _write(builder: Any, block: Any, pointer: Any) -> None:
    builder.store(block, pointer).align = 1


def _bytes_at(array: Any, at: Any) -> bool:
    return isinstance(array, types.Array) and array.dtype == types.uint8 and array.ndim == 1 and isinstance(at, types.Integer)


@intrinsic
def load(typing: Any, array: Any, at: Any) -> Any:  # noqa: ARG001
    """Read sixteen bytes of an array of bytes."""
    if not _bytes_at(array, at):
        return None

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _read(builder, _place(context, builder, signature.args[0], *values))

    return BLOCK(array, types.intp), code


@intrinsic
def store(typing: Any, block: Any, array: Any, at: Any) -> Any:  # noqa: ARG001
    """Write sixteen bytes into an array of bytes."""
    if not _bytes_at(array, at):
        return None

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        _write(builder, values[0], _place(context, builder, signature.args[1], values[1], values[2]))
        return context.get_dummy_value()

    return types.void(BLOCK, array, types.intp), code


@intrinsic
def of_words(typing: Any, low: Any, high: Any) -> Any:  # noqa: ARG001
    """Join two words to a block; byte 0 is the lowest of `low`."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001
        pair = ir.Constant(_PAIR, ir.Undefined)
        for place, value in enumerate(values):
            pair = builder.insert_element(pair, value, ir.Constant(_INDEX, place))
        return builder.bitcast(pair, _BYTES)

    return BLOCK(types.uint64, types.uint64), code


@intrinsic
def words(typing: Any, block: Any) -> Any:  # noqa: ARG001
    """Return the two words of a block."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pair = builder.bitcast(values[0], _PAIR)
        parts = [builder.extract_element(pair, ir.Constant(_INDEX, place)) for place in range(2)]
        return context.make_tuple(builder, signature.return_type, parts)

    return types.UniTuple(types.uint64, 2)(BLOCK), code


@intrinsic
def added(typing: Any, one: Any, other: Any) -> Any:  # noqa: ARG001
    """Add two blocks in the field: exclusive or."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001
        return builder.xor(*values)

    return BLOCK(BLOCK, BLOCK), code


@intrinsic
def chosen(typing: Any, array: Any, at: Any, number: Any) -> Any:  # noqa: ARG001
    """Return one of sixteen blocks of a table; all are read, so that no address tells which."""
    if not _bytes_at(array, at):
        return None

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = _place(context, builder, signature.args[0], values[0], values[1])
        wanted = builder.insert_element(_zeros(), builder.trunc(values[2], ir.IntType(8)), ir.Constant(_INDEX, 0))
        wanted, found = _shuffled(builder, wanted, wanted, [0] * 16), _zeros()
        for place in range(16):
            mask = builder.icmp_unsigned("==", wanted, ir.Constant(_BYTES, [place] * 16))
            entry = _read(builder, builder.gep(pointer, [ir.Constant(_INDEX, place)]))
            found = builder.or_(found, builder.and_(entry, builder.sext(mask, _BYTES)))
        return found

    return BLOCK(array, types.intp, types.uint64), code


@intrinsic
def doubled(typing: Any, block: Any) -> Any:  # noqa: ARG001
    """Multiply by x in the field of CMAC and SIV (x^128 + x^7 + x^2 + x + 1), without a branch."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001
        number = builder.bswap(builder.bitcast(values[0], _WHOLE))
        carry = builder.mul(builder.lshr(number, ir.Constant(_WHOLE, 127)), ir.Constant(_WHOLE, 0x87))
        turned = builder.xor(builder.shl(number, ir.Constant(_WHOLE, 1)), carry)
        return builder.bitcast(builder.bswap(turned), _BYTES)

    return BLOCK(BLOCK), code


@intrinsic
def counted(typing: Any, block: Any, steps: Any) -> Any:  # noqa: ARG001
    """Add to the big-endian number that a block is, modulo 2**128."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001
        number = builder.bswap(builder.bitcast(values[0], _WHOLE))
        return builder.bitcast(builder.bswap(builder.add(number, builder.zext(values[1], _WHOLE))), _BYTES)

    return BLOCK(BLOCK, types.uint64), code


@intrinsic
def same(typing: Any, one: Any, other: Any) -> Any:  # noqa: ARG001
    """Tell whether two blocks are equal; the time does not tell where they differ."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001
        difference = builder.bitcast(builder.xor(*values), _WHOLE)
        return builder.icmp_unsigned("==", difference, ir.Constant(_WHOLE, 0))

    return types.boolean(BLOCK, BLOCK), code


@intrinsic
def expand(typing: Any, key: Any, array: Any, at: Any) -> Any:  # noqa: ARG001
    """Write the eleven round keys of AES-128, 176 bytes."""
    if not _bytes_at(array, at):
        return None

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = _place(context, builder, signature.args[1], values[1], values[2])
        for place, found in enumerate(_all_keys(builder, values[0])):
            _write(builder, found, builder.gep(pointer, [ir.Constant(_INDEX, place)]))
        return context.get_dummy_value()

    return types.void(BLOCK, array, types.intp), code


@intrinsic
def encrypted(typing: Any, block: Any, array: Any, at: Any) -> Any:  # noqa: ARG001
    """Encrypt a block under the round keys that `expand` wrote."""
    if not _bytes_at(array, at):
        return None

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = _place(context, builder, signature.args[1], values[1], values[2])
        places = (builder.gep(pointer, [ir.Constant(_INDEX, place)]) for place in range(ROUNDS + 1))
        return _under(builder, [_read(builder, place) for place in places], values[0])

    return BLOCK(BLOCK, array, types.intp), code


def _with_fresh_key(compute: Callable[[Any, list[Any], Any], Any]) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001
        return compute(builder, _all_keys(builder, values[0]), values[1])

    return BLOCK(BLOCK, BLOCK), code


def _back_under(builder: Any, keys: list[Any], block: Any) -> Any:
    state = builder.xor(block, keys[-1])
    for key in keys[-2:0:-1]:
        state = _backward(builder, state, _unmixed(builder, key))
    return _backward(builder, state, keys[0], last=True)


@intrinsic
def encrypted_once(typing: Any, key: Any, block: Any) -> Any:  # noqa: ARG001
    """Encrypt a block under a key that is used only here: its round keys never leave the registers."""
    return _with_fresh_key(_under)


@intrinsic
def decrypted_once(typing: Any, key: Any, block: Any) -> Any:  # noqa: ARG001
    """Undo `encrypted_once`."""
    return _with_fresh_key(_back_under)
