# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the scripts here have in common around a measurement: messages, commands, builds."""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


MODES = ("macnat", "ipvtap", "4addr", "bridge", "station")  # of QEMU's guests
IPERF3 = "/usr/bin/iperf3"


class CannotMeasure(Exception):
    pass


def require_iperf3():
    if not os.path.exists(IPERF3):
        raise CannotMeasure(f"{IPERF3} is not here: apt install iperf3")


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


def in_namespaces(script, *arguments):
    """What one of the scripts here says as JSON, run with airtap installed where nobody else sees it."""
    release = os.path.join(ROOT, "build/release")
    with tempfile.TemporaryDirectory() as stage:
        call(["cmake", "--install", release, "--prefix", "/usr"], "installing failed:",
             env=os.environ | {"DESTDIR": stage})
        done = subprocess.run(
            ["unshare", "--net", "--mount", "nice", "-n", "-15", sys.executable, os.path.join(HERE, script),
             stage, f"{release}/plugin/datapath/airtap.bpf.o", *map(str, arguments)],
            stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise CannotMeasure("the measurement failed")
    return json.loads(done.stdout)


def stage_iperf3(stage):
    """This machine's, which is of the testbed's release, with what that has not."""
    libraries = [line.split()[2] for line in subprocess.run(["ldd", IPERF3], stdout=subprocess.PIPE, text=True,
                                                            check=True).stdout.splitlines()
                 if re.match(r"\s*lib(iperf|sctp)\.", line)]
    for path in [IPERF3, *libraries]:
        # /lib is a symlink, and a directory of that name would hide it.
        to = stage + os.path.realpath(os.path.dirname(path))
        os.makedirs(to, exist_ok=True)
        shutil.copy(path, to)


def in_testbed(case, files, parameters, limit, airtap=True, iperf3=False, options=()):
    """The lines of JSON that a case of ours leaves in /results/samples. `files` are put beside the testbed's own;
    the machine has airtap installed, and iperf3, if asked for; options are those of boot."""
    testbed = os.path.join(ROOT, "tests", "testbed")
    with tempfile.TemporaryDirectory(prefix="airtap-bench.") as work:
        stage, results = os.path.join(work, "stage"), os.path.join(work, "results")
        os.makedirs(os.path.join(stage, "testbed", "cases"))
        os.makedirs(results)
        if airtap:
            call(["cmake", "--install", os.path.join(ROOT, "build/release"), "--prefix", "/usr"], "installing failed:",
                 env=os.environ | {"DESTDIR": stage})
        if iperf3:
            stage_iperf3(stage)
        for path, to in [(os.path.join(HERE, case), "cases")] + [(os.path.join(ROOT, path), ".") for path in files]:
            call(["cp", path, os.path.join(stage, "testbed", to)], "no case:")
        with open(os.path.join(results, "params"), "w") as params:
            params.writelines(f"{name}={shlex.quote(str(value))}\n" for name, value in parameters.items())
        with open(os.path.join(HERE, case)) as text:
            systemd = ["--systemd"] if "# boots: systemd\n" in text else []
        # its progress belongs where ours goes
        status = subprocess.run([os.path.join(testbed, "boot"), *systemd, *options, "--timeout", str(limit),
                                 stage, results, case], stdout=sys.stderr).returncode
        if status or not os.path.exists(os.path.join(results, "samples")):
            with open(os.path.join(results, case + ".log"), errors="replace") as log:
                raise CannotMeasure("the testbed failed:\n" + log.read()[-4000:])
        with open(os.path.join(results, "samples")) as samples:
            return [json.loads(line) for line in samples]


def add_json_option(parser):
    parser.add_argument("--json", nargs="?", const="-", metavar="FILE",
                        help="figures and raw samples as JSON: instead of the table, or into FILE beside it")


def deliver(arguments, result, print_table):
    """The one document of a measurement, and the table it is made of."""
    result = {"version": 1} | result
    if arguments.json == "-":
        json.dump(result, sys.stdout, indent=1)
        print()
        return
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(result, file)
    rounds = "one round" if result["rounds"] == 1 else f"at most {result['rounds']} rounds"
    print(f"Linux {result['kernel']}, {result['processors']} processors, {rounds}\n")
    print_table()


def exit_status(figures):
    return 1 if any(figure.get("met") is False for figure in figures) else 0


def machine():
    return {"kernel": os.uname().release, "processors": os.cpu_count()}
