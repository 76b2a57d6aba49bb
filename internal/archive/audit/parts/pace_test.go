package parts

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := Pace{Rate: 1 << 20}
		began := time.Now()
		for range 10 {
			if err := p.Wait(t.Context(), 1<<19); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("5 MiB at 1 MiB/s took %v", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.Wait(ctx, 1<<30); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		if err := (&Pace{}).Wait(t.Context(), 1<<40); err != nil || time.Since(began) != 5*time.Second {
			t.Errorf("without a rate: %v", err)
		}
	})
}
