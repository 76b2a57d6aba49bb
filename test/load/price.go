package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"watchroom/test/load/report"
)

// price measures what the transparency log and the seals cost: the program against
// itself, built without them, in pairs that follow one another and change their order,
// so that what else the machine does meets both.
func (b *bench) price(ctx context.Context) error {
	plain := filepath.Join(b.folder, "without")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-tags", "withoutlog", "-o", plain, "./cmd/watchroom")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	pairs, r := 4, setting{"TCP", b.cameras, "tcp", false, 2 * sealed, false}
	if b.short {
		pairs, r.long = 1, sealed
	}
	var cpu, memory, load [2][]float64
	var difference, grows []float64
	for n := range pairs {
		programs := []int{0, 1}
		if n%2 == 1 {
			slices.Reverse(programs)
		}
		for _, i := range programs {
			m, err := b.observe(ctx, []string{plain, b.binary}[i], r, func(measured) {})
			if err != nil {
				return err
			}
			if len(m.cpu) == 0 {
				return errors.New("nothing was measured")
			}
			mean := 0.0 // a seal comes every 45 s: no slice is like another
			for _, v := range m.cpu {
				mean += v / float64(len(m.cpu))
			}
			cpu[i], memory[i], load[i] = append(cpu[i], mean), append(memory[i], report.Median(m.memory)/mebibyte), append(load[i], report.Median(m.load))
			b.Say("pair %d, %s: %.2f ms a camera-second, %.2f MiB a camera, load average %.1f", n+1, []string{"without the log", "with it"}[i], mean, report.Median(m.memory)/mebibyte, report.Median(m.load))
		}
		difference = append(difference, cpu[1][n]-cpu[0][n])
		grows = append(grows, memory[1][n]-memory[0][n])
	}
	note := func(unit string, without, with, d []float64) string {
		return fmt.Sprintf("median of %d pairs of %v each; %.2f to %.2f; without it %.2f %s, with it %.2f; load average %.1f and %.1f", pairs, r.long,
			report.Quantile(d, 0), report.Quantile(d, 1), report.Median(without), unit, report.Median(with), report.Median(load[0]), report.Median(load[1]))
	}
	who := fmt.Sprintf(", %d cameras", r.cameras)
	b.results.Add("log and seals, processor time a camera-second"+who, report.Median(difference), "ms", note("ms", cpu[0], cpu[1], difference))
	b.results.Add("log and seals, memory a camera (PSS)"+who, report.Median(grows), "MiB", note("MiB", memory[0], memory[1], grows))
	return nil
}

// sealed is how often a camera's open segment is sealed.
const sealed = 45 * time.Second
