# SPDX-License-Identifier: LGPL-2.1-or-later
# The shell that --keep leaves in the testbed: the lab's functions at hand.
. /testbed/lab.sh
set +ex
PS1='testbed:\w# '
stty rows 40 cols 120 2>/dev/null
