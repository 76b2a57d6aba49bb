package seal

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/leak"
)

// TestADiskThatHangsHoldsUpNoOther: what is recorded elsewhere comes into the log all the same,
// and what stands on the disk when it answers.
func TestADiskThatHangsHoldsUpNoOther(t *testing.T) {
	leak.Check(t)
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		h.now = time.Now().UnixMicro()
		answer, hangs := make(chan struct{}), atomic.Bool{}
		s := started(t, h, func(s *Sealer) {
			s.reading = func(volume string) {
				if volume == h.roots[0].Volume && hangs.Load() {
					<-answer
				}
			}
		})
		defer s.Close()
		time.Sleep(2 * time.Second)
		hangs.Store(true)
		for i, camera := range []string{"cam1", "cam2"} {
			if err := h.write(i, camera, 0, h.line(journal.KindGap, camera)); err != nil {
				t.Fatal(err)
			}
			s.Notify(camera)
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if got := kindsOf(h.log); got != "gap" {
			t.Errorf("while a disk stands still: %q", got)
		}
		if lag := s.Lag(); lag > 30*time.Second {
			t.Errorf("behind by %v", lag)
		}
		hangs.Store(false)
		close(answer)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if got := kindsOf(h.log); got != "gap gap" {
			t.Errorf("when it answers: %q", got)
		}
	})
}
