package forger

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Pause is a time between two orderly lives of a recorder of a camera, and what whoever
// can write into its folder finds to fill it with.
type Pause struct {
	root, camera  string
	From          time.Time       // where the recorder said that it ended
	before, after string          // runs
	like          journal.Segment // one that was recorded
}

// FindPause finds the first pause of a camera.
func FindPause(root, camera string) (*Pause, error) {
	p := &Pause{root: root, camera: camera}
	days, err := filepath.Glob(filepath.Join(root, camera, "*", journal.FileName))
	if err != nil {
		return nil, err
	}
	slices.Sort(days)
	for _, d := range days {
		err := journal.Walk(d, func(r *journal.Record) {
			switch {
			case r.Kind == journal.KindStop && p.From.IsZero():
				p.From = time.UnixMicro(r.At)
			case r.Kind == journal.KindRun && p.From.IsZero():
				p.before = r.Run
			case r.Kind == journal.KindRun:
				p.after = r.Run
			case r.Kind == journal.KindSegment && p.From.IsZero():
				p.like = *r.Segment
			}
		})
		if err != nil {
			return nil, err
		}
	}
	if p.before == "" || p.after == "" || p.like.File == "" {
		return nil, fmt.Errorf("camera %s was not recorded, stopped and recorded again", camera)
	}
	return p, nil
}

// put places a copy of what was recorded at an instant, under the name of a run.
func (p *Pause) put(at time.Time, run string) (journal.Segment, error) {
	s := p.like
	s.Start = at.UnixMicro()
	s.End = s.Start + p.like.End - p.like.Start
	s.File = segment.Name{Camera: p.camera, Start: s.Start, Run: run}.Path()
	from, err := os.Open(filepath.Join(p.root, p.like.File))
	if err != nil {
		return s, err
	}
	defer from.Close()
	path := filepath.Join(p.root, s.File)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return s, err
	}
	to, err := os.Create(path)
	if err != nil {
		return s, err
	}
	if _, err := io.Copy(to, from); err != nil {
		to.Close()
		return s, err
	}
	return s, to.Close()
}

// LeaveFiles puts files into the pause that look as if a process that died had left them:
// named with the run before, and with the one behind. It gives their paths.
func (p *Pause) LeaveFiles() (files []string, err error) {
	for n, run := range []string{p.before, p.after} {
		s, err := p.put(p.From.Add(time.Duration(300+1500*n)*time.Millisecond), run)
		if err != nil {
			return nil, err
		}
		files = append(files, s.File)
	}
	return files, nil
}

// WriteLines puts files with their lines beside the running recorder: into the pause, and
// into the time to come.
func (p *Pause) WriteLines(now time.Time) (files []string, err error) {
	w := journal.Writer{Root: p.root, Camera: p.camera}
	defer w.Close()
	for at, run := range map[time.Time]string{p.From.Add(300 * time.Millisecond): p.before, now.Add(5 * time.Minute): p.after} {
		s, err := p.put(at, run)
		if err == nil {
			err = w.Append(now.UnixMicro(), journal.Record{Kind: journal.KindSegment, At: s.End, Run: run, Segment: &s})
		}
		if err != nil {
			return nil, err
		}
		files = append(files, s.File)
	}
	return files, nil
}

// Missed tells of files that were put in and are not among those noted as unproved, or not
// in the lines of what a verification found; and of what is there and nobody did.
func Missed(files, unproved, found []string) (missed []string) {
	for _, file := range files {
		if !slices.Contains(unproved, file) {
			missed = append(missed, file+" was put in, and is not noted as unproved")
		}
		if !slices.ContainsFunc(found, func(l string) bool { return strings.Contains(l, file) && strings.Contains(l, "segment_inserted") }) {
			missed = append(missed, file+" was put in, and the verification does not name it")
		}
	}
	for _, file := range unproved {
		if !slices.Contains(files, file) {
			missed = append(missed, file+" was recorded, and is noted as unproved")
		}
	}
	for _, line := range found {
		if !slices.ContainsFunc(files, func(f string) bool { return strings.Contains(line, f) }) {
			missed = append(missed, "nobody did what is found: "+line)
		}
	}
	return missed
}
