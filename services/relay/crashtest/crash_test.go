package crashtest

import (
	"math/rand/v2"
	"testing"
	"time"
)

// measureAt is after how many commits the processes that live long are measured first.
const measureAt = 20_000

// TestKilledAtRandom_SN41_ES08 kills hosts, a relay and a consumer with SIGKILL at random
// while there is a commit in every account all the time, and starts them again with what
// they have kept. At the end each commit of each host is in the log of the relay, and was
// seen by its consumer, once and in the order of its account, but for those that a relay
// that was killed has emitted once more. No seq of the relay was ever seen with two
// events. A relay and a consumer that were never killed need as much memory as they did
// before.
func TestKilledAtRandom_SN41_ES08(t *testing.T) {
	t.Parallel()
	each(t, killAtRandom)
}

func killAtRandom(t *testing.T, n *network) {
	t.Helper()
	began := time.Now()
	commits, kills := size()
	n.start()
	t.Logf("where the time goes of %s: http://%s/debug/pprof/", n.relays[1].name, n.relays[1].usage)
	n.makes(hostCount * n.accounts)
	n.until("all hosts are followed", n.followed)

	k := &killer{network: n, random: rand.New(rand.NewPCG(*seed, 0)), commits: commits, kills: kills}
	first := min(measureAt, commits/2)
	n.makes(first)
	k.killUntil(first)
	n.drain()
	relay, consumer := n.relays[1].needs(), n.consumers[1].needs()
	t.Logf("after %d commits: relay: %s; consumer: %s", n.goal, relay, consumer)

	loading := time.Now()
	n.makes(commits)
	k.killUntil(commits)
	n.drain()
	rate := float64(commits-first) / time.Since(loading).Seconds()
	grows(t, "relay", relay, n.relays[1].needs())
	grows(t, "consumer", consumer, n.consumers[1].needs())
	n.stop()
	checked := time.Now()
	check(t, n)
	t.Logf("%d commits, %.0f a second, %v in all, %v of it to check them", n.goal, rate, time.Since(began).Round(time.Second), time.Since(checked).Round(time.Second))
	for _, p := range n.all() {
		t.Logf("%s was killed %d times", p.name, p.kills-1)
	}
}

// grows fails the test if a process needs more than it did before: of memory a fifth, and
// of goroutines and files no more than what comes and goes.
func grows(t *testing.T, name string, before, now usage) {
	t.Helper()
	ratio := float64(now.Heap) / float64(before.Heap)
	t.Logf("at the end: %s: %s, of heap %.2f times as much", name, now, ratio)
	if *commits >= 10*measureAt && ratio > 1.2 {
		t.Errorf("the heap of the %s has grown from %d to %d", name, before.Heap, now.Heap)
	}
	const more = 20 // connections, those to the database among them
	if now.Goroutines > before.Goroutines+more || now.Files > before.Files+more {
		t.Errorf("the %s needed %s, and now %s", name, before, now)
	}
}

// A killer kills processes.
type killer struct {
	*network

	random  *rand.Rand
	commits int        // in all
	kills   int        // in all
	done    int        // kills
	next    []*process // who is killed next
}

// killUntil kills while the hosts make commits, in step with how many there are.
func (k *killer) killUntil(made int) {
	k.t.Helper()
	for k.done < k.kills {
		// The next one comes when its share of the commits has been made.
		after := (k.done+1)*k.commits/(k.kills+1) - k.random.IntN(max(1, k.commits/(2*k.kills+2)))
		if after >= made {
			return
		}
		k.until("more commits are made", func() bool { return k.made() >= after })
		k.one()
	}
}

// one kills a process, perhaps a second one beside it, and perhaps the first one again
// while it is still looking at what it has kept.
func (k *killer) one() {
	k.t.Helper()
	time.Sleep(time.Duration(k.random.IntN(20_000)) * time.Microsecond) // at ever other points of a transaction
	p := k.victim()
	k.kill(p)
	var q *process
	if k.random.IntN(4) == 0 && k.done < k.kills {
		if q = k.victim(); q == p {
			k.next, q = append(k.next, q), nil
		} else {
			k.kill(q)
		}
	}
	time.Sleep(time.Duration(k.random.IntN(300)) * time.Millisecond)
	k.restart(p)
	if k.random.IntN(4) == 0 && k.done < k.kills {
		time.Sleep(time.Duration(k.random.IntN(100)) * time.Millisecond)
		k.kill(p)
		k.restart(p)
	}
	if q != nil {
		k.restart(q)
	}
}

func (k *killer) kill(p *process) {
	k.t.Helper()
	p.kill()
	k.done++
}

// victim chooses among all that may be killed, so that in the end none is left out.
func (k *killer) victim() *process {
	if len(k.next) == 0 {
		for range 2 {
			k.next = append(k.next, k.relays[0], k.consumers[0], k.hosts[k.random.IntN(hostCount)])
		}
		k.random.Shuffle(len(k.next), func(i, j int) { k.next[i], k.next[j] = k.next[j], k.next[i] })
	}
	p := k.next[0]
	k.next = k.next[1:]
	return p
}
