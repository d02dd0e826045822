# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the scripts here have in common around a measurement: messages, commands, builds."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


class CannotMeasure(Exception):
    pass


def say(text):
    print(text, file=sys.stderr, flush=True)


def call(command, failure, **options):
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if done.returncode:
        raise CannotMeasure(failure + "\n" + done.stdout.decode(errors="replace")[-4000:])


def build(preset, *targets):
    say(f"building (build/{preset})")
    call(["cmake", "--preset", preset], "configuring failed:")
    call(["cmake", "--build", "--preset", preset] + (["--target", *targets] if targets else []),
         "building failed:")
