package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
)

const seconds = 10

// audio makes the room's sound: air conditioning, and a soft beep every two
// seconds so that a listener can tell that it runs.
func audio(ctx context.Context, out string) error {
	for _, a := range []struct {
		file string
		rate int
		args []string
	}{
		{"room.aac", 16000, []string{"-c:a", "aac", "-b:a", "24k", "-f", "adts"}},
		{"room.alaw", 8000, []string{"-c:a", "pcm_alaw", "-f", "alaw"}},
	} {
		args := append([]string{
			"-nostdin", "-v", "error", "-y", "-f", "s16le", "-ar", fmt.Sprint(a.rate), "-ac", "1", "-i", "pipe:0", "-fflags", "+bitexact",
		}, a.args...)
		cmd := exec.CommandContext(ctx, "ffmpeg", append(args, filepath.Join(out, a.file))...)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		_, err = in.Write(room(a.rate))
		if err := errors.Join(err, in.Close(), cmd.Wait()); err != nil {
			return fmt.Errorf("%s: %w", a.file, err)
		}
	}
	return nil
}

// room is mono 16-bit sound at the given rate. It ends as it began.
func room(rate int) []byte {
	n := seconds * rate
	pcm := make([]byte, 2*n)
	low, seed := 0.0, uint32(1)
	for i := range n {
		t := float64(i) / float64(rate)
		seed = seed*1664525 + 1013904223
		low += 0.04 * (float64(seed>>16)/32768 - 1 - low)
		fade := math.Min(1, 20*math.Min(t, seconds-t))
		x := 0.02*math.Sin(2*math.Pi*50*t) + 0.012*math.Sin(2*math.Pi*120*t) + 0.16*low*fade
		if u := math.Mod(t, 2) - 1; u > 0 && u < 0.12 {
			x += 0.08 * math.Sin(2*math.Pi*880*t) * math.Sin(math.Pi*u/0.12)
		}
		binary.LittleEndian.PutUint16(pcm[2*i:], uint16(int16(32767*x)))
	}
	return pcm
}
