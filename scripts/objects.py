#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""objects.py TREE: what is wrong with the module that was built in TREE.

For kernels with the mitigations and the unwinder that Debian's have:

- No object but those of the engine uses vector registers, which are the user's
  outside of an FPU section.
- From the engine's objects, which run inside of one, nothing is called but what
  ENGINE_CALLS has, and nothing indirectly.
- objtool has been there; it leaves its notes. All functions return by the
  return thunk, and each whose address is taken begins with ENDBR.

Says nothing if all is right. That it would say something is seen by what has to
be found: vectors in the engine, returns, addresses of functions.
"""
import os
import re
import subprocess
import sys

ENGINE = re.compile(r"kmod/aead/(key|aesgcm_\w+)\.o$")

# The kernel's own copying and clearing use no vectors. The tracer's hook does
# nothing until somebody traces the function, and then saves what it uses. The
# check of the stack's guard does not come back if it is called.
ENGINE_CALLS = {"memcpy", "memset", "__fentry__", "__stack_chk_fail",
                "__ref_stack_chk_guard", "__x86_return_thunk"}

VECTOR = re.compile(r"%([xyz]?mm[0-9]+|k[0-7]|st)\b")
NOTES = (".return_sites", ".ibt_endbr_seal", ".orc_unwind", ".orc_unwind_ip")
DATA = re.compile(r"\.(init\.|exit\.)?(ro)?data|\.gnu\.linkonce\.this_module")


def run(*command):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.splitlines()


def instructions(path):
    """(section, address, instruction, relocations) of all code."""
    found = []
    section = None
    for line in run("objdump", "-dr", "--no-show-raw-insn", path):
        if line.startswith("Disassembly of section "):
            section = line.split()[3].rstrip(":")
        elif match := re.match(r"\s+[0-9a-f]+: (R_X86_64_\w+)\s+(\S+)", line):
            found[-1][3].append(match.groups())
        elif match := re.match(r"\s+([0-9a-f]+):\s+(\S.*)", line):
            found.append((section, int(match[1], 16), match[2], []))
    return found


def data_relocations(path):
    """(type, value) of all relocations in data."""
    section = ""
    for line in run("objdump", "-r", path):
        if match := re.match(r"RELOCATION RECORDS FOR \[(.*)\]", line):
            section = match[1]
        elif DATA.match(section) and line[:1].isalnum():
            fields = line.split()
            if fields[0] != "OFFSET":
                yield fields[1], fields[2]


class Symbols:
    """Where symbols are, and which functions there are where."""

    def __init__(self, path):
        self.places, self.functions = {}, {}
        for line in run("objdump", "-t", path):
            match = re.match(r"([0-9a-f]+) (.......) (\S+)\s+[0-9a-f]+ (\S+)",
                             line)
            if not match:
                continue
            place = (match[3], int(match[1], 16))
            self.places[match[4]] = place
            if "F" in match[2]:
                self.functions[place] = match[4]

    def place(self, value, bias=0):
        """Section and address of a relocation's value."""
        match = re.match(r"(.+?)(?:([+-])0x([0-9a-f]+))?$", value)
        section, address = self.places.get(match[1], (match[1], 0))
        if match[3]:
            address += int(match[2] + match[3], 16)
        # Addresses wrap around.
        return section, (address + bias) % 2**64


def addresses_taken(code, symbols, path):
    """Names of the functions that can be called indirectly, by place.

    Not the trampolines of static calls, which are only jumped to, and whose
    addresses are taken for changing them.
    """
    places = [symbols.place(value) for _, value in data_relocations(path)]
    for _, _, text, relocations in code:
        for kind, value in relocations:
            if kind in ("R_X86_64_64", "R_X86_64_32S", "R_X86_64_32"):
                places.append(symbols.place(value))
            elif text.startswith("lea"):
                # Relative to the end of the instruction.
                places.append(symbols.place(value, 4))
    found = {place: symbols.functions[place] for place in places
             if place in symbols.functions}
    return {place: name for place, name in found.items()
            if not name.startswith("__SCT__")}


def check_vectors(tree):
    for folder, _, names in os.walk(tree):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), tree)
            if (not name.endswith(".o") or name == "espsimd.o" or
                    path.startswith("kmod/tests/")):
                continue
            used = [text for _, _, text, _ in
                    instructions(os.path.join(tree, path))
                    if VECTOR.search(text)]
            if bool(used) != bool(ENGINE.search(path)):
                yield f"{path}: {used[0] if used else 'no vectors'}"


def check_calls(tree):
    folder = os.path.join(tree, "kmod/aead")
    objects = [name for name in sorted(os.listdir(folder))
               if ENGINE.search(f"kmod/aead/{name}")]
    if len(objects) != 4:
        yield f"the engine has {len(objects)} objects"
    for name in objects:
        path = os.path.join(folder, name)
        for line in run("nm", "-u", path):
            if line.split()[-1] not in ENGINE_CALLS:
                yield f"{name} needs {line.split()[-1]}"
        for _, address, text, _ in instructions(path):
            if re.match(r"(notrack )?(jmp|call)\s+\*", text):
                yield f"{name}: {address:x}: {text}"


def check_module(tree):
    path = os.path.join(tree, "espsimd.ko")
    sizes = {fields[1]: int(fields[2], 16) for line in
             run("objdump", "-hw", path)
             if (fields := line.split()) and fields[0].isdigit()}
    for note in NOTES:
        if not sizes.get(note):
            yield f"espsimd.ko has no {note}: objtool has not been there"
    code, symbols = instructions(path), Symbols(path)
    thunks = 0
    for section, address, text, relocations in code:
        if re.match(r"(rep\w* |bnd )?ret", text):
            yield f"espsimd.ko: {section}+{address:x}: returns by {text}"
        thunks += any(value.startswith("__x86_return_thunk")
                      for _, value in relocations)
    if thunks < 100:
        yield f"espsimd.ko: only {thunks} returns were found"
    landings = {(section, address) for section, address, text, _ in code
                if text == "endbr64"}
    taken = addresses_taken(code, symbols, path)
    if len(taken) < 40:
        yield f"espsimd.ko: only {len(taken)} addresses of functions are taken"
    for place, name in taken.items():
        if place not in landings:
            yield f"espsimd.ko: {name} has no ENDBR"


def main():
    tree = sys.argv[1]
    for check in (check_vectors, check_calls, check_module):
        for complaint in check(tree):
            print(complaint)


if __name__ == "__main__":
    main()
