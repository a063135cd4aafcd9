# SPDX-License-Identifier: GPL-2.0-or-later
#
# gaps - when, and for how long, no packet came, for the two ways of live update;
# gaps of less than 50 ms are left out. "from" is the folder of the logs, "kind"
# svg or png.

if (kind eq "svg") set terminal svg size 900,520 font "sans,12" background "white"; \
else set terminal pngcairo size 900,520 font "sans,10"
set multiplot layout 2,1 title \
	"A guest that moves to another QEMU again and again, 100 packets/s each way"
set yrange [0:1000]
set xrange [0:*]
set ylabel "no packet for, ms"
set grid
set style data impulses
unset key
start(name) = real(system("head -n 1 ".from."/".name.".log | cut -d' ' -f1"))
shown(gap) = gap < 50 ? NaN : gap
pin = start("pin")
taps = start("taps")
set title "with tappin"
plot from."/pin.log" using ($1 - pin):(shown($4)) linewidth 3 linecolor rgb "#1b9e77"
set title "second TAP + ip link"
set xlabel "seconds"
plot from."/taps.log" using ($1 - taps):(shown($4)) linewidth 3 linecolor rgb "#d95f02"
