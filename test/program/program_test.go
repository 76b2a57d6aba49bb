package program

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// journal is a bench that keeps what was done on it.
type journal struct{ done []string }

func table() []Part[*journal] {
	part := func(name string, err error) Part[*journal] {
		return Part[*journal]{name, "does " + name, func(j *journal, _ context.Context) error {
			j.done = append(j.done, name)
			return err
		}}
	}
	return []Part[*journal]{part("walk", nil), part("fall", errors.New("a stone")), part("rise", nil)}
}

func TestChoose(t *testing.T) {
	all, err := Choose(table(), "")
	if err != nil || len(all) != 3 {
		t.Errorf("all: %d parts, %v", len(all), err)
	}
	two, err := Choose(table(), "rise, walk")
	if err != nil || len(two) != 2 || two[0].Name != "rise" || two[1].Name != "walk" {
		t.Errorf("two: %v, %v", two, err)
	}
	_, err = Choose(table(), "walk,fly")
	if err == nil || !strings.Contains(err.Error(), `"fly"`) || !strings.Contains(err.Error(), "\n  rise: does rise") {
		t.Errorf("an unknown part: %v", err)
	}
}

func TestUsageTellsOfEveryPart(t *testing.T) {
	if got, want := Usage(table(), "%-5s|%s;"), "walk |does walk;fall |does fall;rise |does rise;"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFailureKeepsNobodyFromTheirTurn(t *testing.T) {
	var said strings.Builder
	j := &journal{}
	err := Run(t.Context(), j, Log{&said}, table())
	if err == nil || err.Error() != "fall: a stone" || strings.Join(j.done, " ") != "walk fall rise" {
		t.Errorf("%q was done: %v", j.done, err)
	}
	for _, want := range []string{" walk: does walk (load average ", " fall failed: a stone\n"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%q is not in what was said:\n%s", want, said.String())
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	j = &journal{}
	if err := Run(ctx, j, Log{&said}, table()); err == nil || strings.Join(j.done, " ") != "walk fall" {
		t.Errorf("after the end %q was done: %v", j.done, err)
	}
}

func TestWaitEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait = %v", err)
	}
	if err := Wait(t.Context(), 0); err != nil {
		t.Errorf("Wait = %v", err)
	}
}

// TestProgramEnds runs this test binary again for what ends a program.
func TestProgramEnds(t *testing.T) {
	runs := map[string]func(context.Context) error{
		"well":      func(context.Context) error { return nil },
		"with help": func(context.Context) error { return flag.ErrHelp },
		"with an error": func(context.Context) error {
			return errors.New("the disk is full")
		},
		"by an interrupt": func(ctx context.Context) error {
			if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		},
	}
	if how := os.Getenv("PROGRAM_ENDS"); how != "" {
		Main("program", runs[how])
		os.Exit(0)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for how, want := range map[string]string{
		"well": "", "with help": "", "with an error": "program: the disk is full\n", "by an interrupt": "program: context canceled\n",
	} {
		child := exec.CommandContext(t.Context(), self, "-test.run=^TestProgramEnds$")
		child.Env = append(os.Environ(), "PROGRAM_ENDS="+how)
		out, err := child.CombinedOutput()
		status := 0
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			status = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if string(out) != want || (status == 1) != (want != "") {
			t.Errorf("it ends %s: status %d, %q", how, status, out)
		}
	}
}
