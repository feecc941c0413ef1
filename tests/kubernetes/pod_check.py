#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks what no type says of the pods of built manifests and of what is around them: `pod_check.py FILE...`"""

import re
import sys

import yaml


def check(objects):
    maps = {item['metadata']['name']: item['data'] for item in objects if item['kind'] == 'ConfigMap'}
    deployment, = (item for item in objects if item['kind'] == 'Deployment')
    template = deployment['spec']['template']
    pod = template['spec']
    init, = pod['initContainers']
    router, = pod['containers']
    assert (init['name'], router['name']) == ('siplaunch-init', 'router')

    labels = deployment['spec']['selector']['matchLabels']
    assert labels and labels.items() <= template['metadata']['labels'].items()
    assert [spread['labelSelector']['matchLabels'] for spread in pod['topologySpreadConstraints']] == [labels]

    volumes = {volume['name']: volume for volume in pod['volumes']}
    assert all(volume['configMap']['name'] in maps for volume in volumes.values() if 'configMap' in volume)
    mounted = [mount['name'] for container in (init, router) for mount in container['volumeMounts']]
    assert set(mounted) == set(volumes), mounted

    for container in (init, router):  # the class is that of the worst
        resources = container['resources']
        assert resources['requests'] == resources['limits'] and set(resources['limits']) == {'cpu', 'memory'}, resources
    assert init['env'] == [{'name': 'LIMIT', 'valueFrom': {'resourceFieldRef': {'containerName': 'router', 'resource': 'limits.memory'}}}]
    assert '$(LIMIT)' in init['command']

    check_security(pod, init, router)
    check_network(objects, labels, pod, router)
    check_paths(init, router, maps, volumes)
    ports = {port['name'] for port in router['ports']}
    for probe in ('startupProbe', 'readinessProbe', 'livenessProbe'):
        assert router[probe]['tcpSocket']['port'] in ports
    assert router['lifecycle']['preStop']['sleep']['seconds'] < pod['terminationGracePeriodSeconds']


def check_security(pod, init, router):
    least = {'allowPrivilegeEscalation': False, 'readOnlyRootFilesystem': True, 'capabilities': {'drop': ['ALL']}}
    assert router['securityContext'] == least
    assert pod['securityContext']['runAsNonRoot'] and pod['securityContext']['runAsUser'] > 0
    security = init['securityContext']
    # what the API server refuses, each pair
    assert not security.get('privileged') or 'allowPrivilegeEscalation' not in security
    assert 'procMount' not in security or pod['hostUsers'] is False
    assert not (pod.get('hostNetwork') and pod.get('hostUsers') is False)
    assert security.get('runAsUser') != 0 or security['runAsNonRoot'] is False


def check_network(objects, labels, pod, router):
    """Each object around the pods selects them, and names ports that they have; what the Service sends, the policy lets in."""
    around = {item['kind']: item['spec'] for item in objects if item['kind'] not in ('ConfigMap', 'Deployment')}
    ports = {(port['name'], port['protocol']) for port in router['ports']}
    assert len(ports) == len(router['ports'])

    if 'PodDisruptionBudget' in around:
        assert around['PodDisruptionBudget']['selector']['matchLabels'] == labels
    service = around.get('Service', {'ports': []})
    assert service.get('selector', labels) == labels
    assert ('externalTrafficPolicy' in service) == (service.get('type', 'ClusterIP') != 'ClusterIP')
    sent = {(port['targetPort'], port['protocol']) for port in service['ports']}
    assert sent <= ports and ('metrics', 'TCP') not in sent

    assert not (pod.get('hostNetwork') and 'NetworkPolicy' in around), 'it would not apply'
    if 'NetworkPolicy' in around:
        policy = around['NetworkPolicy']
        assert policy['podSelector']['matchLabels'] == labels
        assert sent <= {(port['port'], port['protocol']) for rule in policy['ingress'] for port in rule['ports']} == ports


def check_paths(init, router, maps, volumes):
    """The files that the commands name are where the volumes are mounted."""
    for container in (init, router):
        mounts = {mount['mountPath']: volumes[mount['name']] for mount in container['volumeMounts']}
        for word in container['command'][1:]:
            folder, _, file = word.rpartition('/')
            if 'configMap' in mounts.get(folder, {}):
                assert file in maps[mounts[folder]['configMap']['name']], word
            elif re.match('/(siplaunch|run)', word):
                assert word in mounts or folder in mounts, word


if __name__ == '__main__':
    for path in sys.argv[1:]:
        with open(path) as manifests:
            check(list(yaml.safe_load_all(manifests)))
