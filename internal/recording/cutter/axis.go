package cutter

// An axis gives one track's samples their times in files. The camera's own ticks
// are kept as they are while they agree with the wall clock that the source found
// for the pictures; where the two drift apart, the difference is worked off in
// steps that nobody sees or hears.
//
// Camera and file time are ticks of the track. The axis is a line of pieces: behind
// its last knot both go at one pace. It only ever changes behind the latest picture
// placed, so that pictures stay in order also where they are sent in another than
// they are shown in.
type axis struct {
	scale int64 // ticks a second
	knots []knot
}

type knot struct{ camera, file int64 }

const (
	// agree is 1/s of the difference that is let be: a millisecond.
	agree = 1000
	// tooFar times as much is put right at once: the source has found out that the
	// run's first pictures came in a burst, or its clock was wrong.
	tooFar = 5
	// gently is 1/share of the time between two pictures by which the latter moves.
	gently = 64
	// maxKnots bounds what is kept for pictures yet to be decoded.
	maxKnots = 64
)

// place takes the next unit in order of decoding into account, whose instant of
// presentation is at want in file time. dts is the earliest camera time that will
// still be asked for.
func (a *axis) place(pts, dts, want int64) {
	n := len(a.knots)
	if n == 0 {
		a.knots = append(a.knots, knot{pts, want})
		return
	}
	last := a.knots[n-1]
	step := pts - last.camera
	if step <= 0 {
		return // shown before one that is placed already
	}
	move := a.correction(last.file+step-want, step)
	next := knot{pts, last.file + step - move}
	if move == 0 && (n == 1 || last.file-a.knots[n-2].file == last.camera-a.knots[n-2].camera) {
		a.knots[n-1] = next
	} else {
		a.knots = append(a.knots, next)
	}
	drop := 0
	for drop+1 < len(a.knots) && (a.knots[drop+1].camera <= dts || len(a.knots)-drop > maxKnots) {
		drop++
	}
	a.knots = a.knots[:copy(a.knots, a.knots[drop:])]
}

// correction is by how much a picture is placed earlier than step behind the one
// before, which would make it late by err ticks.
func (a *axis) correction(err, step int64) int64 {
	tolerance := max(a.scale/agree, 1)
	excess := max(err-tolerance, 0) + min(err+tolerance, 0)
	if max(err, -err) > tooFar*tolerance {
		return min(excess, step-min(step, tolerance)) // pictures stay a millisecond apart
	}
	bound := max(step/gently, min(step-1, 1))
	return min(max(excess, -bound), bound)
}

// at is the file time of an instant of the camera's.
func (a *axis) at(camera int64) int64 {
	for i := len(a.knots) - 1; i >= 0; i-- {
		k := a.knots[i]
		if camera < k.camera {
			continue
		}
		if i+1 < len(a.knots) {
			next := a.knots[i+1]
			return k.file + (camera-k.camera)*(next.file-k.file)/(next.camera-k.camera)
		}
		return k.file + camera - k.camera
	}
	return a.knots[0].file + camera - a.knots[0].camera
}
