#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What manifests do not meet of the Pod Security Standards: `pod_security.py FILE...`

All controls of the levels baseline and restricted, as https://kubernetes.io/docs/concepts/security/pod-security-standards/ has them
for Linux. Newer clusters relax "/proc Mount Type" and both "Running as Non-root" for pods with hostUsers: false; nothing is relaxed here.
Prints "FILE: LEVEL: CONTROL: FIELD" for each; exit status 0 where there is none, else 1.
"""

import sys

import yaml

BASELINE_CAPABILITIES = {
    'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP',
    'SETUID', 'SYS_CHROOT'}
SELINUX_TYPES = {'', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'}
SAFE_SYSCTLS = {
    'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.tcp_syncookies',
    'net.ipv4.ping_group_range', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout',
    'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes'}
SECCOMP_TYPES = {'RuntimeDefault', 'Localhost'}
RESTRICTED_VOLUMES = {'configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'}
APPARMOR = 'container.apparmor.security.beta.kubernetes.io/'


def containers_of(pod):
    for kind in ('initContainers', 'containers', 'ephemeralContainers'):
        for container in pod.get(kind) or []:
            yield container['name'], container, container.get('securityContext') or {}


def contexts_of(pod):
    """The pod's own security context, and that of each container."""
    yield 'pod', pod.get('securityContext') or {}
    for name, _, context in containers_of(pod):
        yield name, context


def baseline(pod, annotations):
    for field in ('hostNetwork', 'hostPID', 'hostIPC'):
        if pod.get(field):
            yield 'Host Namespaces', field
    for volume in pod.get('volumes') or []:
        if 'hostPath' in volume:
            yield 'HostPath Volumes', volume['name']
    for name, container, context in containers_of(pod):
        if context.get('privileged'):
            yield 'Privileged Containers', f'{name}: privileged'
        added = set((context.get('capabilities') or {}).get('add') or [])
        if added - BASELINE_CAPABILITIES:
            yield 'Capabilities', f'{name}: {sorted(added - BASELINE_CAPABILITIES)}'
        if any(port.get('hostPort') for port in container.get('ports') or []):
            yield 'Host Ports', f'{name}: hostPort'
        for probe in ('livenessProbe', 'readinessProbe', 'startupProbe'):
            for action in ('httpGet', 'tcpSocket'):
                if ((container.get(probe) or {}).get(action) or {}).get('host'):
                    yield 'Host Probes / Lifecycle Hooks', f'{name}: {probe}'
        for hook in ('postStart', 'preStop'):
            handler = (container.get('lifecycle') or {}).get(hook) or {}
            if any((handler.get(action) or {}).get('host') for action in ('httpGet', 'tcpSocket')):
                yield 'Host Probes / Lifecycle Hooks', f'{name}: {hook}'
        if (context.get('procMount') or 'Default') != 'Default':
            yield '/proc Mount Type', f'{name}: procMount'
    for name, context in contexts_of(pod):
        if (context.get('windowsOptions') or {}).get('hostProcess'):
            yield 'HostProcess', name
        if ((context.get('appArmorProfile') or {}).get('type') or 'RuntimeDefault') not in SECCOMP_TYPES:
            yield 'AppArmor', f'{name}: appArmorProfile'
        selinux = context.get('seLinuxOptions') or {}
        if (selinux.get('type') or '') not in SELINUX_TYPES or selinux.get('user') or selinux.get('role'):
            yield 'SELinux', f'{name}: seLinuxOptions'
        if ((context.get('seccompProfile') or {}).get('type') or 'RuntimeDefault') not in SECCOMP_TYPES:
            yield 'Seccomp', f'{name}: seccompProfile'
    for key, value in annotations.items():
        if key.startswith(APPARMOR) and value not in ('', 'runtime/default') and not value.startswith('localhost/'):
            yield 'AppArmor', key
    for sysctl in (pod.get('securityContext') or {}).get('sysctls') or []:
        if sysctl['name'] not in SAFE_SYSCTLS:
            yield 'Sysctls', sysctl['name']


def restricted(pod):
    own = pod.get('securityContext') or {}
    for volume in pod.get('volumes') or []:
        kinds = set(volume) - {'name'}
        if not kinds <= RESTRICTED_VOLUMES:
            yield 'Volume Types', volume['name']
    # whatever the containers say
    if own.get('runAsNonRoot') is False:
        yield 'Running as Non-root', 'pod: runAsNonRoot'
    if own.get('runAsUser') == 0:
        yield 'Running as Non-root user', 'pod: runAsUser'
    for name, _, context in containers_of(pod):
        if context.get('allowPrivilegeEscalation') is not False:
            yield 'Privilege Escalation', f'{name}: allowPrivilegeEscalation'
        non_root = context.get('runAsNonRoot')
        if not (own.get('runAsNonRoot') if non_root is None else non_root):
            yield 'Running as Non-root', f'{name}: runAsNonRoot'
        if context.get('runAsUser') == 0:
            yield 'Running as Non-root user', f'{name}: runAsUser'
        if (context.get('seccompProfile') or own.get('seccompProfile') or {}).get('type') not in SECCOMP_TYPES:
            yield 'Seccomp', f'{name}: seccompProfile'
        capabilities = context.get('capabilities') or {}
        if 'ALL' not in (capabilities.get('drop') or []):
            yield 'Capabilities', f'{name}: drop'
        if set(capabilities.get('add') or []) - {'NET_BIND_SERVICE'}:
            yield 'Capabilities', f'{name}: add'


def pods_of(manifest):
    """The pod specification of a manifest with its annotations, where it has one."""
    if manifest['kind'].endswith('List'):
        for item in manifest.get('items') or []:
            yield from pods_of(item)
        return
    if manifest['kind'] == 'Pod':
        template = manifest
    elif manifest['kind'] == 'PodTemplate':
        template = manifest['template']
    else:
        spec = manifest.get('spec') or {}
        spec = (spec.get('jobTemplate') or {}).get('spec') or spec  # of a CronJob
        template = spec.get('template')
    if template:
        yield template['spec'], (template.get('metadata') or {}).get('annotations') or {}


def unmet(manifests):
    """Each (level, control, field) that they do not meet. Manifests without any pod are an error: nothing would be checked."""
    pods = [pod for manifest in manifests for pod in pods_of(manifest)]
    if not pods:
        raise SystemExit('no pod to check')
    for pod, annotations in pods:
        yield from (('baseline', *found) for found in baseline(pod, annotations))
        yield from (('restricted', *found) for found in restricted(pod))


def main(paths):
    found = False
    for path in paths:
        with open(path, encoding='utf-8') as file:
            for line in unmet([document for document in yaml.safe_load_all(file) if document]):
                print(f'{path}: {": ".join(line)}')
                found = True
    return int(found)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
