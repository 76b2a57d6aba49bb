package tier

import (
	"context"
	"errors"
	"io"
)

// ErrTaken says that another server works in a tier. It stands behind archive.ErrTierAway.
var ErrTaken = errors.New("tier: another server works in this tier")

// Tenanted is a store to which nothing is put and from which nothing is removed unless mine is
// nil: another server may be at work there. What lies there can be read all the same.
func Tenanted(s Store, mine func(ctx context.Context) error) Store { return tenanted{s, mine} }

type tenanted struct {
	Store
	mine func(ctx context.Context) error
}

// Put implements Store.
func (t tenanted) Put(ctx context.Context, name string, from io.Reader, size int64, lock Lock) error {
	if err := t.mine(ctx); err != nil {
		return err
	}
	return t.Store.Put(ctx, name, from, size, lock)
}

// Remove implements Store.
func (t tenanted) Remove(ctx context.Context, name string) error {
	if err := t.mine(ctx); err != nil {
		return err
	}
	return t.Store.Remove(ctx, name)
}

// Check implements Store.
func (t tenanted) Check(ctx context.Context) (Room, error) {
	room, err := t.Store.Check(ctx)
	if err == nil {
		err = t.mine(ctx)
	}
	return room, err
}

// bare is the store itself.
func bare(s Store) Store {
	if t, ok := s.(tenanted); ok {
		return t.Store
	}
	return s
}

// can gives what a store can do besides, such as Locker.
func can[T any](s Store) (T, bool) {
	able, ok := bare(s).(T)
	return able, ok
}
