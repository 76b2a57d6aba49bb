package logbook_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/duty"
	"watchroom/internal/duty/logbook"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// logged records acts and marks them with the next entries of a log.
func (h *house) logged(log string, acts ...ledger.Act) {
	h.t.Helper()
	err := h.DB.Tx(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, a := range acts {
			h.leaf++
			a.ID = fmt.Sprintf("act%d", h.leaf)
			if err := ledger.Record(ctx, tx, a); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "UPDATE act_outbox SET log = ?, leaf = ? WHERE act = ?", log, h.leaf, a.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) follow() *logbook.Follow {
	return &logbook.Follow{Book: h.Book, Bus: &event.Bus{}, Cameras: func(_ context.Context, _ bun.IDB, r *duty.Room) (map[string]bool, error) {
		return map[string]bool{h.gate: true, h.yard: r.ID != h.room.ID}, nil
	}}
}

func (h *house) steps(f *logbook.Follow, events ...event.Event) {
	h.t.Helper()
	if err := f.Step(h.t.Context(), events); err != nil {
		h.t.Fatal(err)
	}
}

// TestActsStandInTheRecord: each once, in the record of every room that watches the camera, however
// often the follower is started; what was done before there was a record is in none.
func TestActsStandInTheRecord(t *testing.T) {
	clause.Covers(t, "C063")
	each(t, func(h *house) {
		other := h.add(h.t, "二号监控室")
		act := func(kind, subject, camera string) ledger.Act {
			return h.zhang.Act(h.clock.Micro(), kind, subject, camera, map[string]any{"from": h.clock.Micro() - 60e6, "to": h.clock.Micro(), "reason": "私下的事由"})
		}
		h.logged("one", act("viewing.opened", "v0", h.gate))
		h.steps(h.follow())
		h.logged("one", act("viewing.opened", "v1", h.gate), act("viewing.opened", "v1", h.yard), act("person.created", "p", ""), act("camera.switched_off", h.yard, h.yard), act("parameter.approved", "duty.back", ""))
		for range 2 {
			h.steps(h.follow())
		}
		h.logged("two", act("snapshot.taken", "s", h.gate)) // the log goes on under another name
		h.steps(h.follow())
		at := h.clock.Now().In(time.FixedZone("", 8*3600))
		span := at.Add(-time.Minute).Format("01-02 15:04") + "至" + at.Format("01-02 15:04")
		if got, want := h.finds(logbook.Query{Room: h.room.ID}), []string{"张三截图，摄像机东门。", "张三更改设置：批准制度参数。", "张三回看录像，摄像机东门，" + span + "。"}; !slices.Equal(got, want) {
			h.t.Errorf("%q, want %q", got, want)
		}
		if got, want := h.finds(logbook.Query{Room: other.ID}), []string{"张三截图，摄像机东门。", "张三更改设置：批准制度参数。", "张三更改设置，摄像机yard：停用摄像机。", "张三回看录像，摄像机东门、yard，" + span + "。"}; !slices.Equal(got, want) {
			h.t.Errorf("%q, want %q", got, want)
		}
	})
}

// TestAFlappingCameraIsOneLine, with how often it was lost.
func TestAFlappingCameraIsOneLine(t *testing.T) {
	each(t, func(h *house) {
		f := h.follow()
		lost := false
		f.Lost = func(camera string) (bool, string, bool) { return lost, "拒绝连接", camera == h.gate }
		turns := func(now bool) {
			lost = now
			h.steps(f, event.Event{Kind: "camera", Subject: h.gate, Camera: h.gate}, event.Event{Kind: "camera", Subject: "none"})
			h.clock.Add(5 * time.Second)
		}
		says := func(want ...string) {
			h.t.Helper()
			h.clock.Add(30 * time.Second)
			h.steps(f)
			if got := h.finds(logbook.Query{}); !slices.Equal(got, want) {
				h.t.Errorf("%q, want %q", got, want)
			}
		}
		turns(false)
		says()
		for range 3 {
			turns(true)
			turns(false)
		}
		turns(true)
		says("摄像机东门无信号，原因：拒绝连接，4次。")
		turns(false)
		says("摄像机东门恢复。", "摄像机东门无信号，原因：拒绝连接，4次。")
		turns(true)
		turns(false)
		says("摄像机东门短时无信号，已恢复。", "摄像机东门恢复。", "摄像机东门无信号，原因：拒绝连接，4次。")
		for range 200 { // and one that never stands still is told of as well
			turns(true)
			turns(false)
		}
		if n := len(h.finds(logbook.Query{})); n != 6 {
			h.t.Errorf("%d lines", n)
		}
	})
}

// TestACameraThatConnectsWasNotLost: while the program starts; one that stays without a picture is.
func TestACameraThatConnectsWasNotLost(t *testing.T) {
	each(t, func(h *house) {
		f := h.follow()
		lost := true
		f.Lost = func(string) (bool, string, bool) { return lost, "", true }
		e := event.Event{Kind: "camera", Subject: h.gate}
		h.steps(f, e)
		lost = false
		h.steps(f, e)
		h.clock.Add(time.Minute)
		h.steps(f)
		if got := h.finds(logbook.Query{}); len(got) != 0 {
			h.t.Error(got)
		}
		f, lost = h.follow(), true
		f.Lost = func(string) (bool, string, bool) { return true, "", true }
		h.steps(f, e)
		h.clock.Add(time.Minute)
		h.steps(f)
		if got := h.finds(logbook.Query{}); !slices.Equal(got, []string{"摄像机东门无信号。"}) {
			h.t.Error(got)
		}
	})
}

func TestAlarmsStandInTheRecord(t *testing.T) {
	leak.Check(t)
	each(t, func(h *house) {
		f := h.follow()
		f.Alarm = func(e event.Event) (duty.Line, string, bool) {
			return duty.Line{Code: "alarm", Params: map[string]any{"text": e.Subject}}, e.Camera, e.Data == nil
		}
		h.Bus = &event.Bus{}
		changes := h.Bus.Subscribe(10)
		defer changes.Close()
		if err := f.Start(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
		for _, e := range []event.Event{{Kind: "alarm", Subject: "磁盘将满"}, {Kind: "alarm", Subject: "消失", Data: 1}, {Kind: "alarm", Subject: "院内", Camera: h.yard}, {Kind: "alarm", Subject: "遮挡", Camera: h.gate}} {
			f.Bus.Publish(e)
		}
		await.Until(h.t, "two lines", func() bool { return len(h.finds(logbook.Query{})) == 2 })
		f.Close()
		if got, want := h.finds(logbook.Query{}), []string{"报警：遮挡，摄像机东门。", "报警：磁盘将满。"}; !slices.Equal(got, want) {
			h.t.Errorf("%q, want %q", got, want)
		}
		if told, _ := changes.Take(); len(told) == 0 || told[0].Kind != "duty" || told[0].Subject != h.room.ID {
			h.t.Errorf("%+v", told)
		}
	})
}
