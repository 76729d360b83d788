//! Tests of: schedule, and what the service manager is told. Time is a parameter; nothing here waits.

use jiff::{Timestamp, ToSpan};
use noticewatch::io::systemd;
use noticewatch_core::schedule::{CronLine, jitter, out_of_sight_after};

use std::time::{Duration, Instant};

fn line(cron: &str, zone: &str) -> CronLine {
    CronLine::parse(cron, zone).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The next `count` runs after `from`, in UTC.
fn runs(cron: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let line = line(cron, zone);
    let mut time = at(from);
    (0..count)
        .map(|_| {
            time = line.next_after(time);
            time.to_string()
        })
        .collect()
}

#[test]
fn a_daily_line_keeps_its_local_hour_over_both_clock_changes() {
    assert_eq!(
        runs("0 7 * * *", "Europe/London", "2027-03-27T00:00:00Z", 3),
        ["2027-03-27T07:00:00Z", "2027-03-28T06:00:00Z", "2027-03-29T06:00:00Z"]
    );
    assert_eq!(
        runs("0 7 * * *", "America/New_York", "2026-10-31T00:00:00Z", 3),
        ["2026-10-31T11:00:00Z", "2026-11-01T12:00:00Z", "2026-11-02T12:00:00Z"]
    );
    assert_eq!(
        runs("0 7 * * *", "America/New_York", "2027-03-13T00:00:00Z", 2),
        ["2027-03-13T12:00:00Z", "2027-03-14T11:00:00Z"]
    );
}

#[test]
fn a_time_that_spring_skips_fires_once_that_day() {
    assert_eq!(
        runs("30 1 * * *", "Europe/London", "2027-03-27T12:00:00Z", 2),
        ["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"]
    );
    assert_eq!(
        runs("30 2 * * *", "America/New_York", "2027-03-13T12:00:00Z", 2),
        ["2027-03-14T07:00:00Z", "2027-03-15T06:30:00Z"]
    );
}

#[test]
fn a_time_that_autumn_repeats_fires_once() {
    assert_eq!(
        runs("30 1 * * *", "Europe/London", "2026-10-24T12:00:00Z", 2),
        ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
    );
    assert_eq!(
        runs("30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", 2),
        ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
    );
}

#[test]
fn a_midnight_line_runs_once_on_the_day_of_the_clock_change() {
    assert_eq!(
        runs("@daily", "Europe/London", "2027-03-27T12:00:00Z", 2),
        ["2027-03-28T00:00:00Z", "2027-03-28T23:00:00Z"]
    );
}

#[test]
fn an_hourly_line_runs_every_real_hour_of_a_clock_change() {
    for (zone, from) in [("Europe/London", "2026-10-24T22:00:00Z"), ("America/New_York", "2027-03-14T04:00:00Z")] {
        let hours = runs("@hourly", zone, from, 6);
        for (index, time) in hours.iter().enumerate() {
            let hour = i64::try_from(index).expect("a small number") + 1;
            assert_eq!(at(time), at(from) + hour.hours(), "{zone}");
        }
    }
}

#[test]
fn leap_day_and_year_ends() {
    assert_eq!(runs("0 9 29 2 *", "UTC", "2026-01-01T00:00:00Z", 2), ["2028-02-29T09:00:00Z", "2032-02-29T09:00:00Z"]);
    assert_eq!(runs("0 9 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1), ["2104-02-29T09:00:00Z"]);
    assert_eq!(
        runs("59 23 31 12 *", "America/New_York", "2026-12-31T12:00:00Z", 2),
        ["2027-01-01T04:59:00Z", "2028-01-01T04:59:00Z"]
    );
    assert_eq!(
        runs("0 */6 * * *", "UTC", "2026-12-31T17:00:00Z", 3),
        ["2026-12-31T18:00:00Z", "2027-01-01T00:00:00Z", "2027-01-01T06:00:00Z"]
    );
}

#[test]
fn day_of_month_and_day_of_week_fire_either_way() {
    assert_eq!(
        runs("0 7 1 * MON", "UTC", "2026-11-23T07:00:00Z", 3),
        ["2026-11-30T07:00:00Z", "2026-12-01T07:00:00Z", "2026-12-07T07:00:00Z"]
    );
    assert_eq!(
        runs("0 7 * * 0", "UTC", "2026-11-23T00:00:00Z", 1),
        runs("0 7 * * 7", "UTC", "2026-11-23T00:00:00Z", 1)
    );
}

#[test]
fn what_is_no_schedule_is_refused_with_a_reason() {
    let started = Instant::now();
    for (cron, zone, part) in [
        ("0 9 31 2 *", "UTC", "never fires"),
        ("0 9 30 2 *", "America/New_York", "never fires"),
        ("0 0 31 4,6,9,11 *", "UTC", "never fires"),
        ("0 0 7 * * *", "UTC", "not 6"),
        ("0 7 * *", "UTC", "not 4"),
        ("", "UTC", "not 0"),
        ("61 7 * * *", "UTC", "no cron line: minute 61: 0 to 59"),
        ("0 25 * * *", "UTC", "no cron line: hour 25: 0 to 23"),
        ("seven * * * *", "UTC", "no cron line: minute seven: 0 to 59"),
        ("0 7 32 * *", "UTC", "day 32: 1 to 31"),
        ("0 7 0 * *", "UTC", "day 0: 1 to 31"),
        ("0 7 * 13 *", "UTC", "month 13: 1 to 12, or JAN to DEC"),
        ("0 7 * JANUARY *", "UTC", "month JANUARY: 1 to 12, or JAN to DEC"),
        ("0 7 * * 8", "UTC", "weekday 8: 0 to 7, or SUN to SAT"),
        ("0 7 * * MON,Freitag", "UTC", "weekday Freitag: 0 to 7, or SUN to SAT"),
        ("0 7 * * FRI-MON", "UTC", "weekday FRI-MON: the first is after the last"),
        ("50-70 7 * * *", "UTC", "minute 70: 0 to 59"),
        ("5, 7 * * *", "UTC", "minute (nothing): 0 to 59"),
        ("-5 7 * * *", "UTC", "minute (nothing): 0 to 59"),
        ("+5 7 * * *", "UTC", "minute +5: 0 to 59"),
        ("99999999 7 * * *", "UTC", "minute 99999999: 0 to 59"),
        ("*/0 7 * * *", "UTC", "minute */0: the step `0` is no number above 0"),
        ("*/x 7 * * *", "UTC", "minute */x: the step `x` is no number above 0"),
        ("1-2-3 7 * * *", "UTC", "no cron line: a field is none of"),
        ("0 7 WL# * *", "UTC", "no cron line: a field is none of"),
        ("@fortnightly", "UTC", "@weekly"),
        ("@reboot", "UTC", "@daily"),
        ("0 7 * * *", "America/Gotham", "America/Gotham"),
        ("0 7 * * *", "", "no known time zone"),
    ] {
        let wrong = CronLine::parse(cron, zone).err().unwrap_or_else(|| panic!("{cron} {zone} was taken"));
        assert!(wrong.contains(part), "{cron}: {wrong}");
    }
    assert!(started.elapsed() < Duration::from_secs(5), "what never fires is found out quickly");
}

#[test]
fn a_run_in_time_is_not_late_and_not_repeated() {
    let line = line("0 7 * * *", "UTC");
    let last = at("2026-11-22T07:00:00Z");
    assert_eq!(line.due(Some(last), at("2026-11-23T06:59:59Z")), None);
    let due = line.due(Some(last), at("2026-11-23T07:00:20Z")).expect("a run");
    assert_eq!((due.at, due.late, due.missed), (at("2026-11-23T07:00:00Z"), false, 0));
    assert_eq!(line.due(Some(due.at), at("2026-11-23T07:00:50Z")), None);
}

#[test]
fn missed_runs_are_made_up_once() {
    let line = line("0 7 * * *", "UTC");
    let due = line.due(Some(at("2026-11-18T07:00:00Z")), at("2026-11-23T09:30:00Z")).expect("a run");
    assert_eq!((due.at, due.late, due.missed), (at("2026-11-23T07:00:00Z"), true, 4));
    assert_eq!(line.due(Some(due.at), at("2026-11-23T09:31:00Z")), None);
    let late = line.due(Some(at("2026-11-22T07:00:00Z")), at("2026-11-23T09:30:00Z")).expect("a run");
    assert_eq!((late.late, late.missed), (true, 0), "a late digest says so");
}

#[test]
fn a_year_of_missed_minutes_is_counted_quickly() {
    let started = Instant::now();
    let due = line("* * * * *", "America/New_York").due(Some(at("2025-11-23T00:00:00Z")), at("2026-11-23T00:00:30Z"));
    assert_eq!(due.expect("a run").missed, 1_000);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn what_never_ran_is_due_at_once() {
    let due = line("0 */6 * * *", "UTC").due(None, at("2026-11-23T09:30:00Z")).expect("a run");
    assert_eq!((due.at, due.late, due.missed), (at("2026-11-23T06:00:00Z"), false, 0));
}

#[test]
fn a_clock_set_back_neither_loses_nor_doubles() {
    let line = line("0 7 * * *", "UTC");
    let last = at("2026-11-23T07:00:00Z");
    for now in ["2026-11-23T06:30:00Z", "2026-11-23T07:00:00Z", "2026-11-23T08:00:00Z"] {
        assert_eq!(line.mend(last, at(now)), last);
        assert_eq!(line.due(Some(last), at(now)), None, "{now}");
    }
    assert!(line.due(Some(last), at("2026-11-24T07:00:00Z")).is_some());
}

#[test]
fn a_clock_that_was_a_year_ahead_silences_nothing() {
    let line = line("0 7 * * *", "UTC");
    let now = at("2026-11-23T09:00:00Z");
    let mended = line.mend(at("2027-11-23T07:00:00Z"), now);
    assert_eq!(mended, at("2026-11-23T07:00:00Z"));
    assert_eq!(line.due(Some(mended), now), None);
    assert_eq!(line.due(Some(mended), at("2026-11-24T07:00:10Z")).map(|due| due.late), Some(false));
}

/// Over a year of ticks every planned run starts exactly once, clock changes included.
#[test]
fn a_heartbeat_starts_every_run_once() {
    for (cron, zone) in [
        ("30 2 * * *", "America/New_York"),
        ("30 1 * * *", "Europe/London"),
        ("0 */6 * * *", "America/New_York"),
        ("15,45 * * * *", "Europe/London"),
        ("0 7 * * MON", "America/New_York"),
        ("0 0 * * *", "America/Santiago"),
    ] {
        let line = line(cron, zone);
        let (start, end) = (at("2026-10-20T00:05:00Z"), at("2027-04-20T00:05:00Z"));
        let mut planned = Vec::new();
        let mut next = line.next_after(start);
        while next <= end {
            planned.push(next);
            next = line.next_after(next);
        }
        let (mut last, mut now, mut ran) = (line.last_before(start), start, Vec::new());
        while now <= end {
            if let Some(due) = line.due(Some(last), now) {
                assert_eq!(due.missed, 0, "{line} {now}");
                last = due.at;
                ran.push(due.at);
            }
            now += 5.minutes();
        }
        assert_eq!(ran, planned, "{line}");
    }
}

#[test]
fn the_interval_is_the_longest_gap() {
    assert_eq!(line("0 */6 * * *", "UTC").interval(), Duration::from_hours(6));
    assert_eq!(line("0 9 * * MON-FRI", "UTC").interval(), Duration::from_hours(72));
    assert_eq!(out_of_sight_after(&line("@hourly", "UTC")), Duration::from_hours(24));
    assert_eq!(out_of_sight_after(&line("@weekly", "UTC")), Duration::from_hours(14 * 24));
}

#[test]
fn jitter_is_below_its_spread_the_same_every_time_and_different_for_each() {
    let (at, spread) = (at("2026-11-23T06:00:00Z"), Duration::from_mins(30));
    let delays: Vec<Duration> = (0..200).map(|number| jitter(&format!("target-{number}"), at, spread)).collect();
    assert!(delays.iter().all(|delay| *delay < spread));
    assert_eq!(delays[7], jitter("target-7", at, spread));
    assert_ne!(delays[7], jitter("target-7", at + 6.hours(), spread));
    let early = delays.iter().filter(|delay| **delay < spread / 2).count();
    assert!((60..140).contains(&early), "{early} of 200 in the first half");
    assert_eq!(jitter("target-7", at, Duration::ZERO), Duration::ZERO);
}

/// Run by itself this shows that outside systemd every call does nothing; with `NOTIFY_SOCKET` set it is the child of
/// the next test.
#[test]
fn outside_systemd_nothing_is_said() {
    systemd::ready("watching 40 pages");
    systemd::status("a line\nREADY=0 from outside");
    systemd::watchdog();
    systemd::reloading();
    systemd::stopping("told to stop");
    if std::env::var_os("WATCHDOG_USEC").is_none() {
        assert_eq!(systemd::watchdog_interval(), None);
    } else {
        assert_eq!(systemd::watchdog_interval(), Some(Duration::from_secs(45)));
    }
}

#[test]
fn the_service_manager_is_told_in_its_own_words() {
    let dir = tempfile::tempdir().expect("a directory");
    let socket = dir.path().join("notify");
    let manager = std::os::unix::net::UnixDatagram::bind(&socket).expect("a socket");
    let child = std::process::Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "schedule::outside_systemd_nothing_is_said"])
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "90000000")
        .env_remove("WATCHDOG_PID")
        .output()
        .expect("the child");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    manager.set_nonblocking(true).expect("a socket");
    let mut said = Vec::new();
    let mut message = [0; 1024];
    while let Ok(length) = manager.recv(&mut message) {
        said.push(String::from_utf8_lossy(&message[..length]).into_owned());
    }
    assert_eq!(said[0], "READY=1\nSTATUS=watching 40 pages\n");
    assert_eq!(said[1], "STATUS=a line READY=0 from outside\n");
    assert_eq!(said[2], "WATCHDOG=1\n");
    assert!(said[3].starts_with("RELOADING=1\nMONOTONIC_USEC="), "{}", said[3]);
    assert_eq!(said[4], "STOPPING=1\nSTATUS=told to stop\n");
    assert_eq!(said.len(), 5);
}

fn unit(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd").join(name);
    std::fs::read_to_string(path).expect("the unit")
}

/// Whoever prefers a timer is walled in as the daemon is, keeps the same state, and can go back to it.
#[test]
fn the_unit_for_one_check_is_the_daemon_s_but_for_how_it_runs() {
    let (daemon, check) = (unit("noticewatch.service"), unit("noticewatch-check.service"));
    let walls = daemon.split_once("# Its own user").expect("the walls").1.split_once("[Install]").expect("an end").0;
    let own = check.split_once("# Its own user").expect("the walls").1;
    assert_eq!(own.trim(), walls.trim());
    for line in ["Type=oneshot", "User=noticewatch", "Conflicts=noticewatch.service"] {
        assert!(check.lines().any(|one| one == line), "{line}");
    }
    let command = check.lines().find(|line| line.starts_with("ExecStart=")).expect("a command");
    assert!(command.contains(" check --due --no-wait --lasting "), "each page by its own schedule: {command}");
    // Within the time after which a letter says that it is late.
    for line in ["OnCalendar=*:0/5", "AccuracySec=10s", "Persistent=true"] {
        assert!(unit("noticewatch-check.timer").lines().any(|one| one == line), "{line}");
    }
}

/// The lines under one heading of a unit, without comments.
fn directives(name: &str, heading: &str) -> Vec<String> {
    let unit = unit(name);
    let part = unit.split_once(heading).unwrap_or_else(|| panic!("{name} has no {heading}")).1;
    let part = part.split("\n[").next().unwrap_or_default();
    let lines = part.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// What a unit is walled in by, and how it runs: each directive by name, since `systemd-analyze security` counts only
/// some of them, and none that is not asked for.
fn has_just(name: &str, heading: &str, wanted: &str) {
    let mut wanted: Vec<&str> = wanted.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut found = directives(name, heading);
    wanted.sort_unstable();
    found.sort_unstable();
    let missing: Vec<&&str> = wanted.iter().filter(|line| !found.iter().any(|one| one == **line)).collect();
    let unasked: Vec<&String> = found.iter().filter(|line| !wanted.contains(&line.as_str())).collect();
    assert!(missing.is_empty() && unasked.is_empty(), "{name}, {heading}: lacks {missing:#?}, and has {unasked:#?}");
}

const BOTH: &str = "
    DynamicUser=yes
    UMask=0077
    CapabilityBoundingSet=
    AmbientCapabilities=
    NoNewPrivileges=yes
    ProtectSystem=strict
    ProtectHome=yes
    PrivateTmp=yes
    PrivateDevices=yes
    PrivateUsers=yes
    PrivateIPC=yes
    PrivateMounts=yes
    DevicePolicy=closed
    ProtectClock=yes
    ProtectHostname=yes
    ProtectKernelTunables=yes
    ProtectKernelModules=yes
    ProtectKernelLogs=yes
    ProtectControlGroups=yes
    ProtectProc=invisible
    RemoveIPC=yes
    KeyringMode=private
    LockPersonality=yes
    RestrictRealtime=yes
    RestrictSUIDSGID=yes
    SystemCallArchitectures=native
    SystemCallErrorNumber=EPERM
    IPAddressDeny=link-local multicast
    ";

#[test]
fn the_unit_is_hardened() {
    let own = "
    Type=notify
    ExecStart=/usr/bin/noticewatch watch --config /etc/noticewatch/noticewatch.toml --targets /etc/noticewatch/targets.toml
    ExecReload=/usr/bin/noticewatch targets --config /etc/noticewatch/noticewatch.toml --targets /etc/noticewatch/targets.toml
    ExecReload=/bin/kill -HUP $MAINPID
    Restart=always
    RestartSec=10s
    RestartPreventExitStatus=73 78
    WatchdogSec=90s
    TimeoutStartSec=120s
    TimeoutStopSec=30s
    StateDirectory=noticewatch
    StateDirectoryMode=0700
    ProcSubset=pid
    MemoryDenyWriteExecute=yes
    RestrictNamespaces=yes
    SystemCallFilter=@system-service
    SystemCallFilter=~@privileged @resources
    RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
    MemoryMax=512M
    TasksMax=128
    LimitNOFILE=4096
    Environment=MALLOC_MMAP_THRESHOLD_=32768 MALLOC_ARENA_MAX=2";
    has_just("noticewatch.service", "[Service]", &format!("{BOTH}{own}"));
}

/// What Chromium can bear of it.
#[test]
fn the_unit_of_the_browser_is_hardened() {
    let own = "
    ExecStart=/usr/bin/noticewatch render-service
    StandardInput=socket
    StandardOutput=journal
    StandardError=journal
    RuntimeMaxSec=240s
    TimeoutStopSec=5s
    KillMode=control-group
    User=noticewatch-browser
    RestrictNamespaces=user pid net
    SystemCallFilter=@system-service chroot
    RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
    MemoryMax=1500M
    TasksMax=512
    LimitNOFILE=8192
    CPUWeight=50
    Nice=5";
    has_just("noticewatch-render@.service", "[Service]", &format!("{BOTH}{own}"));
}

/// Who may connect says which addresses are allowed: its group alone, which sysusers makes.
#[test]
fn the_socket_of_the_browser_is_open_to_its_group_alone() {
    let name = "noticewatch-render.socket";
    let own = "
    ListenStream=/run/noticewatch-render.socket
    SocketMode=0660
    SocketGroup=noticewatch-render
    Accept=yes
    MaxConnections=2";
    has_just(name, "[Socket]", own);
    has_just(name, "[Install]", "WantedBy=sockets.target");
    let groups = unit("noticewatch-render.sysusers");
    let groups: Vec<&str> = groups.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(groups, ["g noticewatch-render - -"]);
    for service in ["noticewatch.service", "noticewatch-check.service"] {
        let named = unit(service).lines().any(|line| line == "#SupplementaryGroups=noticewatch-render");
        assert!(named, "{service} says which group may ask");
    }
}

/// What each of the others has besides `[Service]`, and nothing more.
#[test]
fn units_wait_for_the_network_and_are_wanted_where_they_should_be() {
    let network = "Wants=network-online.target\nAfter=network-online.target";
    let daemon = format!("Description=Watch what platforms promise about user notice\n{network}");
    has_just("noticewatch.service", "[Unit]", &daemon);
    has_just("noticewatch.service", "[Install]", "WantedBy=multi-user.target");
    let check =
        "Description=Check what is due of what platforms promise about user notice\nConflicts=noticewatch.service";
    has_just("noticewatch-check.service", "[Unit]", &format!("{check}\n{network}"));
    let timer = "OnCalendar=*:0/5\nAccuracySec=10s\nPersistent=true";
    has_just("noticewatch-check.timer", "[Timer]", timer);
    has_just("noticewatch-check.timer", "[Install]", "WantedBy=timers.target");
    let page = "Description=Render one page for noticewatch\nCollectMode=inactive-or-failed";
    has_just("noticewatch-render@.service", "[Unit]", page);
    // Started by the timer and by the socket: wanted by nothing themselves.
    for name in ["noticewatch-check.service", "noticewatch-render@.service"] {
        assert!(!unit(name).contains("[Install]"), "{name}");
    }
}

#[test]
fn what_a_line_was_asked_before_changes_no_answer() {
    for (cron, zone) in [
        ("30 1 * * *", "Europe/London"),
        ("*/20 * * * *", "America/New_York"),
        ("30 2 * * SUN", "America/New_York"),
        ("0 7 29 2 *", "UTC"),
    ] {
        let shared = line(cron, zone);
        let mut minute = 7_i64;
        for _ in 0..400 {
            // A walk to and fro over the clock changes of 2026 and 2027.
            minute = (minute * 7_919 + 104_729) % 600_000;
            let time = at("2026-10-20T00:00:30Z") + minute.minutes();
            assert_eq!(shared.next_after(time), line(cron, zone).next_after(time), "{cron} {zone} after {time}");
        }
        assert_eq!(shared.clone().interval(), line(cron, zone).interval());
    }
}
